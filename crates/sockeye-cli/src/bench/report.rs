//! Reports: text for people, JSON for programs, a page with plots. Each is a function of the figures.

mod text;
mod json;
mod page;

mod chart;
mod plot;
mod scale;
mod number;

use std::{
    fs::File,
    io::{self, Write},
};

pub(super) use self::{json::json, text::text};
use super::figures::Figures;

/// Writes the page into a file that is there.
pub(super) fn write_page(figures: &Figures, mut file: File) -> io::Result<()> {
    file.write_all(page::page(figures).as_bytes())
}

#[cfg(test)]
mod tests;
