use std::time::{Duration, Instant};

use sockeye::Kind;

use super::{json, page::page, text};
use crate::bench::{
    figures::{Figures, Held, Served},
    options::{Ask, Deflate},
    payload::Content,
    plan::{Message, Work},
    process::{Own, Usage},
    record::Record,
    timeline::Timeline,
    trouble::Trouble,
    worker::Slice,
};

/// Three seconds of an echo, each with a thousand messages more, and one in a hundred that took longer.
fn echo(rate: Option<f64>, running_millis: u64) -> Figures {
    let (mut timeline, start) = (Timeline::new(1), Instant::now());
    for number in 0..3 {
        let (done, mut record) = (1000 * (number as u64 + 1), Record::default());
        record.answered(start, start + Duration::from_micros(100), done / 100 * 99);
        record.answered(start, start + Duration::from_millis(8), done / 100);
        (record.sent, record.bytes) = (done, done * 16);
        let own = Own {
            running: Duration::from_millis(running_millis),
            queued: Duration::from_millis(10),
        };
        let span = Duration::from_secs(1);
        let server = Usage { cpu: Duration::from_millis(500), resident_bytes: 3 << 20 };
        let (own, server) = (Some(own), Some(server));
        timeline.add(Slice { worker: 0, number, span, record, own, server });
    }
    Figures {
        url: "ws://localhost:8080/echo".into(),
        work: Work::Echo { depth: 1, rate },
        message: Message {
            kind: Kind::Binary,
            content: Content::RandomBytes,
            len: 16,
            deflate: Deflate::Off,
        },
        connections: 32,
        threads: 1,
        warmup: Duration::from_secs(1),
        is_fast: true,
        opened: 32,
        not_opened: Record::default(),
        sum: timeline.finish(),
        served: Some(Served {
            cpu: Duration::from_millis(1500),
            span: Duration::from_secs(3),
            before_bytes: Some(2 << 20),
            after_bytes: Some(3 << 20),
        }),
        held: None,
        is_interrupted: false,
    }
}

fn idle() -> Figures {
    let held = Held {
        opening: Duration::from_millis(500),
        before_bytes: Some(1_000_000),
        open_bytes: Some(1_500_000),
        answered_bytes: Some(1_600_000),
        answered_first: Some(1000),
        answered_last: Some(999),
    };
    let mut figures = Figures { held: Some(held), served: None, ..echo(None, 500) };
    (figures.work, figures.connections, figures.opened) =
        (Work::Idle { ask: Ask::Ping }, 1000, 1000);
    figures.sum.total.lost(&Trouble::Silence(Duration::from_secs(10)));
    figures
}

#[test]
fn an_echo_is_told_in_a_few_lines() {
    let expected = "\
echo         ws://localhost:8080/echo
             32 connections, 1 thread, 16 B random binary, depth 1, 3.00 s after 1.00 s of warm-up
messages     6,000   2,000/s   32 kB/s of payload
latency      p50 100 µs   p90 100 µs   p99 100 µs   p99.9 8.00 ms   max 8.00 ms
             closed loop: the next leave when the last are back, so a stall counts once
server       0.50 cores   4,000 messages a CPU second   250.000 µs each   3 MiB of memory, 2 MiB before
client       50 % of a core

messages a second
      3k │  █
         │ ▃█
         │ ██
         │▅██
         │███
       0 └─── 3 s
";
    assert_eq!(text(&echo(None, 500)), expected);
}

#[test]
fn a_busy_client_and_an_open_loop_are_told() {
    let busy = text(&echo(None, 960));
    assert!(busy.contains("client       96 % of a core   client-bound: "), "{busy}");
    let bound = json(&echo(None, 960));
    assert!(bound.contains("\"bound\":true,\"fast_path\":true}"), "{bound}");
    let open = text(&echo(Some(2000.0), 500));
    assert!(open.contains("2,000 a second wanted, 3.00 s after"), "{open}");
    assert!(open.contains("open loop: each counts from when it was due by the clock\n"), "{open}");
}

#[test]
fn held_connections_are_told_with_their_memory() {
    let expected = "\
idle         ws://localhost:8080/echo
             1,000 connections, 1 thread, 16 B random binary
opened       1,000 in 500 ms   2,000/s
answered     1,000 of 1,000
at the end   999 of 1,000
server       500 B a connection   600 B after each had answered
latency      p50 100 µs   p90 100 µs   p99 100 µs   p99.9 8.00 ms   max 8.00 ms
             all were asked at once; each counts from then
";
    assert_eq!(text(&idle()), expected);
    let trouble =
        "1 of 1000 connections failed, the first with: expected an answer within 10s, got none";
    assert_eq!(idle().trouble().as_deref(), Some(trouble));
}

#[test]
fn programs_get_every_figure() {
    let json = json(&echo(None, 500));
    let expected = "{\"command\":\"echo\",\"url\":\"ws://localhost:8080/echo\",\"connections\":32,\"opened\":32,\
        \"threads\":1,\"message\":{\"bytes\":16,\"kind\":\"binary\",\"content\":\"random\",\"deflate\":\"off\"},\
        \"depth\":1,\"rate\":null,\"warmup_seconds\":1,\"seconds\":3,\"interrupted\":false,\
        \"counted\":\"messages\",\"sent\":6000,\"done\":6000,\"done_per_second\":2000,\"bytes\":96000,\
        \"bytes_per_second\":32000,\"latency_nanos\":{\"counts_from\":\"sent\",";
    assert!(json.starts_with(expected), "{json}");
    for part in [
        "\"lost\":0,\"wrong\":0,\"not_opened\":0,\"trouble\":null,",
        "\"server\":{\"cpu_seconds\":1.5,\"seconds\":3,\"cores\":0.5,\"done_per_cpu_second\":4000,\
         \"cpu_nanos_each\":250000,\"memory_bytes_before\":2097152,\"memory_bytes_after\":3145728},",
        "\"held\":null,\"by_second\":[{\"seconds\":1,\"done\":1000,",
        "\"server_cpu_seconds\":0.5,\"server_resident_bytes\":3145728}]}\n",
    ] {
        assert!(json.contains(part), "{part} in {json}");
    }
}

#[test]
fn a_page_stands_alone_and_its_plots_stay_in_their_frames() {
    let page = page(&echo(None, 500));
    for foreign in ["src=", "href=", "url(", "@import", "<script", "<link", "<img"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert_eq!(page.matches("<svg ").count(), 5);
    assert_eq!(page.matches("<svg ").count(), page.matches("</svg>").count());
    assert!(page.contains("<dt>messages a CPU second</dt><dd>4,000</dd>"), "{page}");
    for circle in page.split("<circle ").skip(1) {
        let number = |name: &str| -> f64 {
            let (_, rest) = circle.split_once(&format!("{name}=\"")).expect("an attribute");
            rest.split('"').next().expect("its end").parse().expect("a number")
        };
        assert!((0.0..=480.0).contains(&number("cx")), "{circle}");
        assert!((0.0..=260.0).contains(&number("cy")), "{circle}");
    }
    assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
}

#[test]
fn what_a_server_said_is_text_on_the_page() {
    let mut figures = echo(None, 500);
    figures.url = "ws://localhost/<script>\"&".into();
    figures.sum.total.lost = 1;
    figures.sum.total.first_trouble = Some("<img src=x>".into());
    let page = page(&figures);
    assert!(page.contains("ws://localhost/&lt;script&gt;&quot;&amp;"), "{page}");
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
}

#[test]
fn a_run_of_an_hour_is_drawn_in_points_that_can_be_told_apart() {
    let mut figures = echo(None, 500);
    let moment = figures.sum.moments[0].clone();
    figures.sum.moments = vec![moment; 3600];
    assert!(page(&figures).matches("class=\"c0\"").count() < 1100);
}
