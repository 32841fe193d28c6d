//! `Results`: everything that was measured, run by run, to and from JSON. All that is shown is made of it alone.

use super::{
    build::Built,
    cell::Cell,
    host::Host,
    plan::{Cores, Plan},
    run::Run,
};
use crate::json::Json;

/// Everything that was measured.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Results {
    pub(super) host: Host,
    /// How it was measured, as words.
    pub(super) settings: Vec<(String, String)>,
    pub(super) servers: Vec<Server>,
    pub(super) skipped: Vec<(String, String)>,
    pub(super) cells: Vec<Measured>,
}

/// Who took part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) how: String,
}

/// A cell, and what each server did in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) cell: Cell,
    pub(super) entries: Vec<Entry>,
}

/// A server's runs, by round.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) server: String,
    pub(super) runs: Vec<Run>,
    pub(super) trouble: Option<String>,
}

impl Entry {
    pub(super) fn new(server: &str) -> Self {
        Self { server: server.into(), runs: Vec::new(), trouble: None }
    }

    pub(super) fn add(&mut self, run: Result<Run, String>) {
        match run {
            Ok(run) => self.runs.push(run),
            Err(trouble) => self.trouble = Some(trouble),
        }
    }
}

impl Results {
    pub(super) fn new(plan: &Plan, built: &Built, host: Host, cells: Vec<Measured>) -> Self {
        let cores = match plan.cores {
            Cores::Two => "server on core 0, load on core 1",
            Cores::Shared => "server and load on core 0",
        };
        let settings = [
            ("runs", plan.runs.to_string()),
            ("seconds", plan.seconds.to_string()),
            ("cores", cores.into()),
            ("against", plan.against.clone()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value)).into();
        let servers = built.contestants.iter().map(|contestant| Server {
            name: contestant.name.clone(),
            version: contestant.program.version(),
            how: contestant.how.into(),
        });
        Self { host, settings, servers: servers.collect(), skipped: built.skipped.clone(), cells }
    }

    pub(super) fn setting(&self, name: &str) -> &str {
        let found = self.settings.iter().find(|(own, _)| own == name);
        found.map_or("", |(_, value)| value)
    }

    /// A line for each server in each cell, so that two of them can be compared line by line.
    pub(super) fn json(&self) -> String {
        let servers = self.servers.iter().map(|Server { name, version, how }| {
            let fields = [("name", name), ("version", version), ("how", how)];
            let fields = fields.map(|(name, value)| (name.to_owned(), Json::Text(value.clone())));
            format!("  {}", Json::Object(fields.into()))
        });
        let servers: Vec<String> = servers.collect();
        let words = |pairs: &[(String, String)]| {
            let fields =
                pairs.iter().map(|(name, value)| (name.clone(), Json::Text(value.clone())));
            Json::Object(fields.collect()).to_string()
        };
        let cell = |measured: &Measured| {
            let rows: Vec<String> =
                measured.entries.iter().map(|entry| format!("    {}", entry.json())).collect();
            format!("  \"{}\": [\n{}\n  ]", measured.cell, rows.join(",\n"))
        };
        let cells: Vec<String> = self.cells.iter().map(cell).collect();
        format!(
            "{{\n\"machine\": {},\n\"settings\": {},\n\"servers\": [\n{}\n],\n\"skipped\": {},\n\"cells\": {{\n{}\n}}\n}}\n",
            words(&self.host.0),
            words(&self.settings),
            servers.join(",\n"),
            words(&self.skipped),
            cells.join(",\n")
        )
    }
}

impl Entry {
    fn json(&self) -> Json {
        let mut fields = vec![("server".to_owned(), Json::Text(self.server.clone()))];
        fields.extend(
            self.trouble.iter().map(|trouble| ("trouble".to_owned(), Json::Text(trouble.clone()))),
        );
        let names = self.runs.first().map(|run| run.0.as_slice()).unwrap_or_default();
        for (name, _) in names {
            let column = self.runs.iter().map(|run| {
                Json::Plain(run.figure(name).map_or("null".into(), |figure| figure.to_string()))
            });
            fields.push((name.clone(), Json::List(column.collect())));
        }
        Json::Object(fields)
    }
}
