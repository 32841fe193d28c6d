//! The server's processor time and memory, beside our own reading of them.
#![cfg(target_os = "linux")]

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::support::{agree, run};

/// `sockeye serve` as a process.
struct Served {
    process: Child,
    address: String,
}

impl Served {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sockeye"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on http://").expect("an address");
        Self { address: address.to_owned(), process }
    }

    /// What its threads ran, as the scheduler counts it: another source than the client's.
    fn processor_time(&self) -> Duration {
        let threads = fs::read_dir(format!("/proc/{}/task", self.process.id())).expect("a process");
        let nanos = threads.map(|thread| {
            let file = thread.expect("a thread").path().join("schedstat");
            let text = fs::read_to_string(file).expect("a thread that runs");
            let first = text.split_whitespace().next().expect("three numbers");
            first.parse::<u64>().expect("nanoseconds")
        });
        Duration::from_nanos(nanos.sum())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn messages_a_cpu_second_are_those_of_our_own_reading() {
    let server = Served::start();
    let (pid, address) = (server.process.id(), &server.address);
    let load = "-c 16 --depth 8 -s 64 -d 2s --warmup 0s";
    let arguments = format!("echo --json {load} --pid {pid} ws://{address}/echo");
    agree(|| {
        let before = server.processor_time();
        let run = run(&arguments).succeeded();
        let took = (server.processor_time() - before).as_secs_f64();
        assert!(run.number("memory_bytes_after") > 100_000.0, "{}", run.stdout());
        (run.number("done_per_cpu_second"), run.number("done") / took)
    });
}

#[test]
fn held_connections_tell_what_memory_they_take() {
    let server = Served::start();
    let (pid, address) = (server.process.id(), &server.address);
    let arguments = format!(
        "idle --json -c 500 -d 100ms --warmup 100ms --ask echo -s 1K --pid {pid} ws://{address}/echo"
    );
    let run = run(&arguments).succeeded();
    assert_eq!(run.number("opened"), 500.0);
    assert_eq!(run.number("answered_last"), 500.0);
    let each = run.number("memory_bytes_each_answered");
    assert!((100.0..20_000.0).contains(&each), "{}", run.stdout());
}

#[test]
fn a_process_that_is_not_there_is_told_before_the_run() {
    let why = "cannot read /proc/4294967295/stat of the server";
    run("echo --pid 4294967295 ws://127.0.0.1:1/").failed(2, why);
}
