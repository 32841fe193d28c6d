//! A crate's `Cargo.toml`, as far as the checks read it.
//!
//! Reads the layout that this repository's manifests have, a key a line; it is no TOML parser.

use std::{fs, io, path::Path};

/// What the checks ask of a crate's manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The package's name.
    pub name: String,
    /// Where crates.io may not have it.
    pub is_private: bool,
    /// The features, `default` left out.
    pub features: Vec<String>,
    /// What it needs at run time or to build, on any platform; not what its tests need.
    pub dependencies: Vec<String>,
}

impl Manifest {
    /// Reads the text of a manifest.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut manifest = Self::default();
        let mut section = "";
        for line in text.lines() {
            if let Some(header) = line.strip_prefix('[') {
                section = header.trim_end().trim_end_matches(']');
                if let Some((table, name)) = section.rsplit_once('.')
                    && is_dependency_table(table)
                {
                    manifest.dependencies.push(name.to_owned());
                }
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let key = key.trim().trim_end_matches(".workspace").trim_matches('"');
            if key.starts_with(|first: char| !first.is_alphanumeric()) {
                continue;
            }
            let value = value.trim().trim_matches('"');
            match section {
                "package" if key == "name" => manifest.name = value.to_owned(),
                "package" if key == "publish" => manifest.is_private = value == "false",
                "features" if key != "default" => manifest.features.push(key.to_owned()),
                table if is_dependency_table(table) => manifest.dependencies.push(key.to_owned()),
                _ => {}
            }
        }
        manifest
    }

    /// The manifests of the published crates, in the order of their folders' names.
    ///
    /// # Errors
    ///
    /// When `crates/` or a manifest in it cannot be read.
    pub fn published(root: &Path) -> io::Result<Vec<Self>> {
        let mut folders = Vec::new();
        for entry in fs::read_dir(root.join("crates"))? {
            folders.push(entry?.path());
        }
        folders.sort();
        let mut manifests = Vec::new();
        for folder in folders {
            let manifest = Self::parse(&fs::read_to_string(folder.join("Cargo.toml"))?);
            if !manifest.is_private {
                manifests.push(manifest);
            }
        }
        Ok(manifests)
    }
}

fn is_dependency_table(section: &str) -> bool {
    let table = section.rsplit('.').next().unwrap_or(section);
    matches!(table, "dependencies" | "build-dependencies") && !section.starts_with("workspace")
}

#[cfg(test)]
mod tests {
    use super::Manifest;

    #[test]
    fn a_manifest_tells_its_name_features_and_dependencies() {
        let manifest = Manifest::parse(
            "[package]\nname = \"sockeye\"\npublish = false\n[features]\ndefault = []\n# off\ntls = []\n\
             [dependencies]\nbytes.workspace = true\nhttp = { version = \"1\" }\n[dev-dependencies]\nhex = \"1\"\n\
             [target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n[dependencies.rustls]\nversion = \"0.23\"\n",
        );
        let expected = Manifest {
            name: "sockeye".into(),
            is_private: true,
            features: vec!["tls".into()],
            dependencies: ["bytes", "http", "libc", "rustls"].map(str::to_owned).into(),
        };
        assert_eq!(manifest, expected);
    }
}
