//! `Plot`: lines over time, or over percentiles, as SVG that stands in a page. Its colours are the page's.

use std::fmt::Write;

use super::scale::Scale;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 30.0;

/// Lines on a pair of axes.
#[derive(Debug)]
pub(super) struct Plot<'a> {
    pub(super) title: String,
    pub(super) x: Scale,
    pub(super) y: Scale,
    /// How values are told.
    pub(super) show_x: fn(f64) -> String,
    pub(super) show_y: fn(f64) -> String,
    pub(super) lines: Vec<Line<'a>>,
}

/// Points that belong together.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) points: Vec<(f64, f64)>,
}

impl Plot<'_> {
    /// A figure with its title and legend; a line is filled to zero where it is the only one, and there is a zero.
    pub(super) fn svg(&self) -> String {
        let mut svg = String::new();
        // A `String` takes whatever is written.
        let _ = writeln!(
            svg,
            "<figure><figcaption>{}{}</figcaption>\n\
             <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            self.title,
            self.legend(),
            self.title
        );
        self.grid(&mut svg);
        for (number, line) in self.lines.iter().enumerate() {
            self.line(&mut svg, number, line);
        }
        svg.push_str("</svg></figure>\n");
        svg
    }

    fn legend(&self) -> String {
        if self.lines.len() < 2 {
            return String::new();
        }
        let entry = |(number, line): (usize, &Line<'_>)| {
            format!("<i class=\"k{number}\">{}</i>", line.name)
        };
        self.lines.iter().enumerate().map(entry).collect()
    }

    fn grid(&self, svg: &mut String) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for tick in self.y.ticks() {
            let (y, label) = (self.y_of(tick), (self.show_y)(tick));
            let _ = writeln!(
                svg,
                "<path class=\"g\" d=\"M{LEFT} {y:.1}H{right}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                LEFT - 8.0,
                y + 4.0
            );
        }
        for tick in self.x.ticks() {
            let (x, label) = (self.x_of(tick), (self.show_x)(tick));
            let _ = writeln!(
                svg,
                "<path class=\"g\" d=\"M{x:.1} {bottom}v5\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
                bottom + 20.0
            );
        }
    }

    fn line(&self, svg: &mut String, number: usize, line: &Line<'_>) {
        let at = |&(x, y): &(f64, f64)| format!("{:.1} {:.1}", self.x_of(x), self.y_of(y));
        let path = line.points.iter().map(at).collect::<Vec<_>>().join("L");
        if let ([_], Scale::Linear { .. }, [first, .., last]) =
            (self.lines.as_slice(), self.y, line.points.as_slice())
        {
            let (first, last, bottom) = (self.x_of(first.0), self.x_of(last.0), HEIGHT - BOTTOM);
            let _ = writeln!(
                svg,
                "<path class=\"f\" d=\"M{first:.1} {bottom}L{path}L{last:.1} {bottom}Z\"/>"
            );
        }
        if line.points.len() > 1 {
            let _ = writeln!(svg, "<path class=\"l l{number}\" d=\"M{path}\"/>");
        }
        for point in &line.points {
            let _ = writeln!(
                svg,
                "<circle class=\"c{number}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{}\">\
                 <title>{} {}: {}</title></circle>",
                self.x_of(point.0),
                self.y_of(point.1),
                if line.points.len() > 60 { 1.5 } else { 2.5 },
                line.name,
                (self.show_x)(point.0),
                (self.show_y)(point.1)
            );
        }
    }

    fn x_of(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y_of(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.place(value) * (HEIGHT - TOP - BOTTOM)
    }
}
