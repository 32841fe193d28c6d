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

    /// Reads what [`json`](Self::json) wrote.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let json = Json::parse(text.trim())?;
        let field = |name: &str| json.field(name).ok_or(format!("expected `{name}`, got none"));
        let pairs = |name: &str| Ok::<_, String>(pairs(field(name)?));
        let cell = |(name, rows): &(String, Json)| {
            let entries = rows.values().iter().map(Entry::parse).collect();
            Ok(Measured { cell: Cell::parse(name)?, entries })
        };
        Ok(Self {
            host: Host(pairs("machine")?),
            settings: pairs("settings")?,
            servers: field("servers")?.values().iter().map(Server::parse).collect(),
            skipped: pairs("skipped")?,
            cells: field("cells")?.fields().iter().map(cell).collect::<Result<_, String>>()?,
        })
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
            format!("  {}", Json::Object(fields.into()).encoded())
        });
        let servers: Vec<String> = servers.collect();
        let words = |pairs: &[(String, String)]| {
            let fields =
                pairs.iter().map(|(name, value)| (name.clone(), Json::Text(value.clone())));
            Json::Object(fields.collect()).encoded()
        };
        let cell = |measured: &Measured| {
            let rows: Vec<String> = measured
                .entries
                .iter()
                .map(|entry| format!("    {}", entry.json().encoded()))
                .collect();
            format!("  \"{}\": [\n{}\n  ]", measured.cell, rows.join(",\n"))
        };
        let cells: Vec<String> = self.cells.iter().map(cell).collect();
        let parts = [
            ("machine", words(&self.host.0)),
            ("settings", words(&self.settings)),
            ("servers", format!("[\n{}\n]", servers.join(",\n"))),
            ("skipped", words(&self.skipped)),
            ("cells", format!("{{\n{}\n}}", cells.join(",\n"))),
        ];
        let parts = parts.map(|(name, value)| format!("\"{name}\": {value}"));
        format!("{{\n{}\n}}\n", parts.join(",\n"))
    }
}

fn pairs(json: &Json) -> Vec<(String, String)> {
    let pair = |(name, value): &(String, Json)| Some((name.clone(), value.text()?.to_owned()));
    json.fields().iter().filter_map(pair).collect()
}

fn text(json: &Json, name: &str) -> String {
    json.field(name).and_then(Json::text).unwrap_or_default().to_owned()
}

impl Server {
    fn parse(json: &Json) -> Self {
        Self { name: text(json, "name"), version: text(json, "version"), how: text(json, "how") }
    }
}

impl Entry {
    fn parse(json: &Json) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for (name, column) in json.fields() {
            for (round, value) in column.values().iter().enumerate() {
                if round == runs.len() {
                    runs.push(Run(Vec::new()));
                }
                if let (Json::Plain(word), Some(run)) = (value, runs.get_mut(round)) {
                    run.0.extend(word.parse().ok().map(|figure| (name.clone(), figure)));
                }
            }
        }
        let trouble = json.field("trouble").and_then(Json::text).map(str::to_owned);
        Self { server: text(json, "server"), runs, trouble }
    }

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

#[cfg(test)]
mod tests {
    use super::{Entry, Measured, Results, Server};
    use crate::bench::{cell::Cell, host::Host, run::Run};

    #[test]
    fn what_is_written_is_read_back() {
        let run = |cpu: f64| Run(vec![("cpu_ns".into(), cpu), ("per_second".into(), 1e5)]);
        let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        let trouble = Some("expected \"a\",\n\tgot \\".to_owned());
        let entries = vec![
            Entry { server: "a".into(), runs: vec![run(5150.25), run(0.5)], trouble: None },
            Entry { server: "b".into(), runs: Vec::new(), trouble },
        ];
        let results = Results {
            host: Host(pair("cpu", "a \"processor\"")),
            settings: pair("against", "a"),
            servers: vec![Server { name: "a".into(), version: "1".into(), how: "as is".into() }],
            skipped: pair("c", "not installed"),
            cells: vec![Measured {
                cell: Cell::parse("echo:32c:16B:d1").expect("a cell"),
                entries,
            }],
        };
        assert_eq!(Results::parse(&results.json()), Ok(results));
        assert!(Results::parse("{}").is_err());
    }
}
