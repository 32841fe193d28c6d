use crate::{arguments::Arguments, report::Report};
pub(crate) fn run(_: &Arguments) -> Result<Report, String> {
    Err("not yet".into())
}
