//! The verdicts of the suite, read from the index of its report and held against what we allow.
//!
//! An index is `{agent: {case: {behavior, behaviorClose, reportfile, …}}}`; the report of a case says more.

use std::{collections::BTreeMap, fs, path::Path};

use super::case::Case;
use crate::json::Json;

/// What the suite says of these cases is no judgement: both ways are right.
const INFORMATIONAL: [&str; 3] = ["7.1.6", "7.13.1", "7.13.2"];

/// How much of an expectation is shown.
const SHOWN: usize = 240;

/// What the suite says of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Of the messages that were exchanged.
    behavior: String,
    /// Of the way in which the connection ended.
    close: String,
    /// What the report of the case expected and got, where it has to be shown.
    detail: Vec<String>,
}

/// What the suite says of a peer, case by case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdicts(BTreeMap<Case, Verdict>);

impl Verdicts {
    /// Reads the index in the folder of a report, and the reports of the cases that deviate.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let index = fs::read_to_string(folder.join("index.json"))
            .map_err(|error| format!("expected an index of the report, got {error}"))?;
        Self::parse(&index, |file| Json::parse(&fs::read_to_string(folder.join(file)).ok()?).ok())
    }

    fn parse(index: &str, report: impl Fn(&str) -> Option<Json>) -> Result<Self, String> {
        let index = Json::parse(index)?;
        let [(_, cases)] = index.fields() else {
            return Err(format!("expected a report of one peer, got {}", index.fields().len()));
        };
        let mut verdicts = BTreeMap::new();
        for (id, entry) in cases.fields() {
            let case: Case = id.parse()?;
            let word = |field: &str| {
                let word = entry.field(field).and_then(Json::text).map(str::to_owned);
                word.ok_or_else(|| format!("expected {field} of case {id}, got none"))
            };
            let (behavior, close) = (word("behavior")?, word("behaviorClose")?);
            let mut verdict = Verdict { behavior, close, detail: Vec::new() };
            if !verdict.is_allowed(&case)
                && let Some(report) =
                    entry.field("reportfile").and_then(Json::text).and_then(&report)
            {
                verdict.detail = detail(&report);
            }
            verdicts.insert(case, verdict);
        }
        Ok(Self(verdicts))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Case, &Verdict)> {
        self.0.iter()
    }

    /// Joins what another part of the suite says of the same peer.
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Leaves out the cases that the tester is not able to judge; tells how many those were.
    pub(super) fn leave_out(&mut self, patterns: &[&str]) -> usize {
        let before = self.0.len();
        self.0.retain(|case, _| !patterns.iter().any(|pattern| case.is_like(pattern)));
        before - self.0.len()
    }

    /// Every case whose verdict is not allowed.
    pub(super) fn deviations(&self) -> impl Iterator<Item = (&Case, &Verdict)> {
        self.iter().filter(|(case, verdict)| !verdict.is_allowed(case))
    }
}

impl Verdict {
    pub(super) fn is_allowed(&self, case: &Case) -> bool {
        let id = case.to_string();
        let is_allowed = |word: &str| match word {
            "OK" => true,
            "INFORMATIONAL" => INFORMATIONAL.contains(&id.as_str()),
            _ => false,
        };
        is_allowed(&self.behavior) && is_allowed(&self.close)
    }

    pub(super) fn is_ok(&self) -> bool {
        self.behavior == "OK" && self.close == "OK"
    }

    /// The verdict in a few lines: the words, then what was expected and what came.
    pub(super) fn explained(&self) -> String {
        let Self { behavior, close, detail } = self;
        let words = format!("expected OK, got {behavior}, in closing {close}");
        [&[words], &detail[..]].concat().join("\n      ")
    }
}

fn detail(report: &Json) -> Vec<String> {
    let fields = ["expectation", "expected", "received", "result", "expectedClose", "resultClose"];
    let shown = fields.map(|field| {
        let value = report.field(field)?;
        let value = value.text().map_or_else(|| value.to_string(), str::to_owned);
        let short: String = value.chars().take(SHOWN).collect();
        let more = if short.len() < value.len() { " …" } else { "" };
        Some(format!("{field}: {short}{more}"))
    });
    let code = ["remoteCloseCode", "remoteCloseReason"]
        .map(|field| Some(format!("{field}: {}", report.field(field)?)));
    shown.into_iter().chain(code).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::{Json, Verdicts};

    /// An index with one peer and these cases: id, behaviour, closing.
    fn index(cases: &[(&str, &str, &str)]) -> String {
        let entry = |(id, behavior, close): &(&str, &str, &str)| {
            format!(
                r#""{id}": {{"behavior": "{behavior}", "behaviorClose": "{close}", "reportfile": "{id}.json"}}"#
            )
        };
        let entries: Vec<String> = cases.iter().map(entry).collect();
        format!(r#"{{"sockeye": {{{}}}}}"#, entries.join(", "))
    }

    /// Which of these cases deviate.
    fn check(cases: &[(&str, &str, &str)], expected: &[&str]) {
        let verdicts = Verdicts::parse(&index(cases), |_| None).expect("this is an index");
        assert_eq!(verdicts.len(), cases.len(), "{cases:?}");
        let deviations: Vec<String> =
            verdicts.deviations().map(|(case, _)| case.to_string()).collect();
        assert_eq!(deviations, expected, "{cases:?}");
    }

    #[test]
    fn ok_is_allowed_everywhere() {
        check(&[("1.1.1", "OK", "OK"), ("13.7.18", "OK", "OK"), ("7.1.6", "OK", "OK")], &[]);
    }

    #[test]
    fn informational_is_allowed_for_three_cases() {
        let word = "INFORMATIONAL";
        check(&[("7.1.6", word, word), ("7.13.1", word, word), ("7.13.2", word, word)], &[]);
        check(&[("7.1.5", word, "OK"), ("7.13.3", "OK", word)], &["7.1.5", "7.13.3"]);
    }

    #[test]
    fn every_other_verdict_is_a_deviation() {
        for word in ["FAILED", "NON-STRICT", "UNIMPLEMENTED", "UNCLEAN", "WRONG CODE", "", "ok"] {
            check(&[("6.4.3", word, "OK"), ("7.1.6", "OK", word)], &["6.4.3", "7.1.6"]);
        }
        for word in ["FAILED BY CLIENT", "UNCLEAN"] {
            check(&[("1.1.1", "OK", word)], &["1.1.1"]);
        }
    }

    #[test]
    fn what_the_tester_cannot_judge_is_left_out() {
        let index =
            index(&[("12.2.3", "ERROR", "OK"), ("12.20.1", "OK", "OK"), ("1.1", "OK", "OK")]);
        let mut verdicts = Verdicts::parse(&index, |_| None).expect("this is an index");
        assert_eq!((verdicts.leave_out(&["12.2", "13.*.1"]), verdicts.len()), (1, 2));
        assert_eq!((verdicts.leave_out(&[]), verdicts.deviations().count()), (0, 0));
    }

    #[test]
    fn a_deviation_is_told_with_what_its_report_says() {
        let report = r#"{"expectation": "a pong", "expected": {"OK": []}, "received": ["x"], "remoteCloseCode": 1007}"#;
        let index = index(&[("2.1", "FAILED", "OK")]);
        let verdicts = Verdicts::parse(&index, |file| {
            assert_eq!(file, "2.1.json");
            Json::parse(report).ok()
        });
        let verdicts = verdicts.expect("this is an index");
        let told: Vec<String> =
            verdicts.deviations().map(|(_, verdict)| verdict.explained()).collect();
        let lines: Vec<&str> = told[0].lines().map(str::trim).collect();
        let expected = [
            "expected OK, got FAILED, in closing OK",
            "expectation: a pong",
            "expected: {OK: []}",
            "received: [\"x\"]",
            "remoteCloseCode: 1007",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn what_is_no_index_is_told() {
        let parse = |index: &str| Verdicts::parse(index, |_| None).map(|verdicts| verdicts.len());
        assert_eq!(parse("{}"), Err("expected a report of one peer, got 0".into()));
        assert_eq!(parse(r#"{"a": {}}"#), Ok(0));
        assert_eq!(parse(""), Err("expected a value, got the end".into()));
        let unjudged = r#"{"a": {"1.1": {"behavior": "OK"}}}"#;
        assert_eq!(parse(unjudged), Err("expected behaviorClose of case 1.1, got none".into()));
    }
}
