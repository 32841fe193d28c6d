use super::*;

const ECHO: &str = "portable/recv_with/20B/x1";

fn table(rows: &[(&str, f64, f64)]) -> Table {
    let rows = rows.iter().map(|(job, instructions, tolerance)| Row {
        job: (*job).to_owned(),
        instructions: *instructions,
        tolerance: *tolerance,
    });
    Table { setting: setting("1.95.0"), rows: rows.collect() }
}

fn setting(rustc: &str) -> Setting {
    let known = [("rustc", rustc), ("libc", "glibc 2.36"), ("processor", "x86_64 with AVX2")];
    Setting(known.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
}

/// A job that is spent in these functions.
fn spent(job: &str, functions: &[(&str, f64)]) -> (String, Profile) {
    let lines = functions.iter().map(|(name, own)| format!("{own:>12.1}  {name}\n"));
    let text = format!("{job}\n{}", lines.collect::<String>());
    profile::parse(&text).pop().expect("one job")
}

/// What is told of an echo that took 1000 instructions and takes so many.
fn check(got: f64, tolerance: f64, passes: bool, told: &str) {
    let report =
        Report::new(&table(&[(ECHO, 1000.0, tolerance)]), &[], &[spent(ECHO, &[("echo", got)])]);
    assert_eq!(report.outcome().is_ok(), passes, "{got}");
    let text = report.to_string();
    assert_eq!(text.split_once("\n\n").map_or("", |(_, told)| told.trim_end()), told, "{got}");
}

#[test]
fn two_percent_are_tolerated_in_both_directions_and_no_more() {
    check(1000.0, 2.0, true, "");
    check(1020.0, 2.0, true, "");
    check(980.0, 2.0, true, "");
    check(1020.5, 2.0, false, &format!("{ECHO}: expected 1000.0, got 1020.5, +2.0 %"));
    check(1030.0, 2.0, false, &format!("{ECHO}: expected 1000.0, got 1030.0, +3.0 %"));
    check(1030.0, 5.0, true, "");
    let lower = "may be lowered by cargo xtask cost --write";
    check(970.0, 2.0, true, &format!("{ECHO}: expected 1000.0, got 970.0, -3.0 %; {lower}"));
}

#[test]
fn a_dearer_echo_fails_with_its_figure_and_with_what_has_grown() {
    let before = [("Driver::poll_event", 600.0), ("encode", 393.0), ("malloc", 100.0)];
    let now = [("Driver::poll_event", 640.0), ("encode", 390.0), ("malloc", 93.0), ("free", 9.5)];
    let expected = table(&[(ECHO, 1093.0, 2.0), ("core/whole/20B", 50.0, 2.0)]);
    let counted = [spent(ECHO, &now), spent("core/whole/20B", &[("encode", 50.0)])];
    let report = Report::new(&expected, &[spent(ECHO, &before)], &counted);
    let told = format!("{ECHO}: expected 1093.0, got 1132.5, +3.6 %");
    assert_eq!(report.outcome(), Err(Outcome::Failed(told.clone())));
    let grown = [
        "     +40.0  600.0 -> 640.0  Driver::poll_event",
        // What was not kept may have taken as much as is not kept.
        "      +4.0  5.5 -> 9.5  free",
    ];
    let report = report.to_string();
    let (_, found) = report.split_once("\n\n").expect("a finding below the rows");
    assert_eq!(found, format!("{told}\n{}\n{}\n", grown[0], grown[1]));
}

#[test]
fn ten_functions_are_named_at_most() {
    let functions: Vec<(String, f64)> =
        (0..30).map(|number| (format!("f{number}"), 10.0 + f64::from(number))).collect();
    let functions: Vec<(&str, f64)> =
        functions.iter().map(|(name, own)| (name.as_str(), *own)).collect();
    let before: Vec<(&str, f64)> = functions.iter().map(|(name, _)| (*name, 5.0)).collect();
    let kept = [spent(ECHO, &before)];
    let report =
        Report::new(&table(&[(ECHO, 150.0, 2.0)]), &kept, &[spent(ECHO, &functions)]).to_string();
    let named: Vec<&str> = report.lines().filter(|line| line.contains(" -> ")).collect();
    assert_eq!(named.len(), 10, "{report}");
    assert!(named[0].ends_with("f29") && named[9].ends_with("f20"), "{report}");
}

#[test]
fn a_job_without_a_row_and_a_row_without_a_job_are_wrong() {
    let expected = table(&[(ECHO, 1000.0, 2.0)]);
    let report = Report::new(&expected, &[], &[spent("fan-out", &[("send", 5.0)])]);
    let told = format!(
        "{ECHO}: expected the job, got none; cargo xtask cost --write removes it; \
         fan-out: expected a row, got none; cargo xtask cost --write adds it"
    );
    assert_eq!(report.outcome(), Err(Outcome::Failed(told)));
}

#[test]
fn a_table_is_read_as_it_was_written() {
    let written = table(&[(ECHO, 1693.0, 2.0), ("fan-out/1KiB/100", 879.5, 2.5)]);
    assert_eq!(Table::parse(&written.to_string()), Ok(written));
    for wrong in ["fan-out 879.5", "fan-out many ± 2 %", "fan-out 879.5 ± 2 % more"] {
        assert!(Table::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn counts_of_another_setting_are_not_compared() {
    let known = setting("1.95.0");
    assert_eq!(known.difference(&known), None);
    let told = "counts are those of rustc 1.95.0, this is 1.96.0";
    assert_eq!(known.difference(&setting("1.96.0")), Some(told.into()));
    let told = "counts are those of rustc unknown, this is 1.95.0";
    assert_eq!(Setting::default().difference(&known), Some(told.into()));
}

#[test]
fn callgrind_tells_what_functions_take_themselves() {
    let run = "version: 1\npositions: line\nevents: Ir\nsummary: 1000\n\n\
        ob=(1) a.out\nfl=(1) a.rs\nfn=(1) main::h0123456789abcdef\n0 10\nfi=(2) b.rs\n+3 5\n\
        cfn=(2) sockeye::echo::hfedcba9876543210\ncalls=2 0 \n* 900\n-3 1\n\n\
        fn=(2)\n0 60\ncfn=(3) sockeye::echo'2\ncalls=1 0\n0 40\n\nfn=(3)\n0 40\n\ntotals: 1000\n";
    let profile = Profile::parse(run).expect("a profile");
    let dearest: Vec<(&str, f64)> = profile.dearest().collect();
    assert_eq!(dearest, [("sockeye::echo", 100.0), ("main", 16.0)]);
    assert!(Profile::parse("fn=(1) main\n0 many\n").is_err());
}

#[test]
fn what_two_runs_have_in_common_is_not_counted() {
    let (_, once) = spent(ECHO, &[("start", 500.0), ("echo", 100.0)]);
    let (_, twice) = spent(ECHO, &[("start", 500.0), ("echo", 200.0), ("grow", 10.0)]);
    let message = Profile::of_a_message(&once, &twice, 10.0);
    assert_eq!(message.dearest().collect::<Vec<_>>(), [("echo", 10.0), ("grow", 1.0)]);
}

#[test]
fn functions_are_read_as_they_were_written() {
    let jobs =
        [spent(ECHO, &[("a::<b as c>::d", 900.0), ("e f", 100.5)]), spent("x", &[("y", 1.0)])];
    assert_eq!(profile::parse(&profile::text(&jobs)), jobs);
    let least = spent(ECHO, &[("all", 1000.0), ("little", 4.9)]);
    assert_eq!(profile::parse(&profile::text(&[least])), [spent(ECHO, &[("all", 1000.0)])]);
}

#[test]
fn the_repository_has_functions_for_every_row() {
    let table = read(TABLE).and_then(|text| Table::parse(&text)).expect("a table");
    let kept = profile::parse(&read(FUNCTIONS).expect("functions"));
    let jobs: Vec<&str> = table.rows.iter().map(|row| row.job.as_str()).collect();
    assert_eq!(jobs, kept.iter().map(|(job, _)| job.as_str()).collect::<Vec<_>>());
}
