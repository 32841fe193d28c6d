//! `cargo xtask test`: everything that a change has to pass, on a machine that may be fresh.

use std::process::Command;

use crate::{
    bench, conformance, cost, interop, machine,
    manifest::Manifest,
    memcheck, platforms, program,
    suite::{Outcome, Step},
    workspace_root,
};

/// The steps, from the cheap to the dear; what compiles the same code with the same flags stands together.
#[must_use]
pub fn steps() -> Vec<Step> {
    let mut steps = vec![
        Step::check("format", || cargo(&["fmt", "--all", "--check"])),
        Step::foundation("build", || {
            cargo(&["test", "--workspace", "--all-features", "--all-targets", "--no-run"])
        }),
        Step::check("tests", || {
            cargo(&["test", "--workspace", "--all-features", "--no-fail-fast"])
        }),
        Step::check("clippy", || {
            cargo(&clippy(&["--workspace", "--all-targets", "--all-features"]))
        }),
        Step::check("documentation", documentation),
        Step::check("tests of the core without features", || {
            // What a feature could touch; the properties, which take long, are the same code.
            let tests = ["framing", "fragmentation", "closing", "parts", "limits", "deflate"];
            let core = ["test", "--package", "sockeye-proto", "--no-default-features", "--lib"];
            cargo(&[&core[..], &tests.map(|name| ["--test", name]).concat()].concat())
        }),
        Step::check("clippy of the core without features", || {
            let core = ["--package", "sockeye-proto", "--all-targets", "--no-default-features"];
            cargo(&clippy(&core))
        }),
        Step::check("tests of the library without TLS", || {
            // `wss` is refused in words there, and never spoken in plain text.
            let few = ["--no-default-features", "--features", "client,server", "--test", "connect"];
            cargo(&[&["test", "--package", "sockeye"][..], &few].concat())
        }),
        Step::check("each feature alone", each_feature_alone),
    ];
    steps.extend(platforms::steps());
    steps.extend(memcheck::steps());
    steps.extend(conformance::smoke());
    steps.extend(interop::steps());
    steps.extend(bench::smoke());
    steps.push(cost::gate());
    steps.push(Step::check("packages", packages));
    steps.push(Step::check("licences, bans, sources", deny));
    steps
}

fn cargo(arguments: &[&str]) -> Outcome {
    program::run(&mut program::cargo(arguments))
}

fn clippy<'a>(of: &[&'a str]) -> Vec<&'a str> {
    [&["clippy"], of, &["--", "--deny", "warnings"]].concat()
}

fn documentation() -> Outcome {
    let mut doc = program::cargo(&["doc", "--workspace", "--all-features", "--no-deps"]);
    program::run(doc.env("RUSTDOCFLAGS", "--deny warnings"))
}

/// A feature that leans on another one without saying so is found only when it stands alone.
fn each_feature_alone() -> Outcome {
    let alone = |name: &str, feature: &str| {
        program::cargo(&[
            "check",
            "--package",
            name,
            "--no-default-features",
            "--features",
            feature,
        ])
    };
    with_published(|manifests| {
        let of = |Manifest { name, features, .. }: &Manifest| {
            features.iter().map(|feature| alone(name, feature)).collect::<Vec<_>>()
        };
        manifests.iter().flat_map(of).collect()
    })
}

/// What would be published, file by file, and that it can be packed. All at once, since they lean on one another
/// before a registry has any of them.
fn packages() -> Outcome {
    with_published(|manifests| {
        let names = manifests.iter().flat_map(|Manifest { name, .. }| ["--package", name]);
        let package = ["package", "--allow-dirty"].into_iter().chain(names).collect::<Vec<_>>();
        vec![
            program::cargo(&[&package[..], &["--list"]].concat()),
            program::cargo(&[&package[..], &["--no-verify"]].concat()),
        ]
    })
}

fn with_published(commands: impl Fn(&[Manifest]) -> Vec<Command>) -> Outcome {
    match Manifest::published(workspace_root()) {
        Ok(manifests) => program::run_all(commands(&manifests)),
        Err(error) => Outcome::Failed(format!("expected the crates' manifests, got {error}")),
    }
}

fn deny() -> Outcome {
    if !machine::answers("cargo-deny", &["--version"]) {
        return Outcome::Skipped("cargo-deny is not installed; cargo install cargo-deny".into());
    }
    cargo(&["deny", "check", "licenses", "bans", "sources"])
}
