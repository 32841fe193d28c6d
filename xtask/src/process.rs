//! A program that runs beside us: started, waited for within a bound, and gone when it is dropped.

use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How often something is looked at that cannot wake us.
const GLANCE: Duration = Duration::from_millis(20);

/// How long a program has to be ready: seconds on a loaded machine, and a browser takes a few.
const READY: Duration = Duration::from_secs(60);

/// How much of a log is shown when its program failed.
const LOG_LINES: usize = 30;

/// A running program whose output goes to a file.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts the program with both its outputs in the file `log`.
    ///
    /// # Errors
    ///
    /// What was expected and what came, as for every method here.
    pub fn start(command: &mut Command, log: &Path) -> Result<Self, String> {
        let name = Path::new(command.get_program()).file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let wrong = |error: io::Error| format!("expected to start {name}, got {error}");
        fs::create_dir_all(log.parent().unwrap_or(log)).map_err(wrong)?;
        let output = File::create(log).map_err(wrong)?;
        let errors = output.try_clone().map_err(wrong)?;
        let command = command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let child = command.spawn().map_err(wrong)?;
        Ok(Self { name, child, log: log.to_owned() })
    }

    /// Its number in the system.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the program prints a line that begins with `prefix`; gives the rest of it.
    ///
    /// # Errors
    ///
    /// When it ends before, or takes too long.
    pub fn says(&mut self, prefix: &str) -> Result<String, String> {
        self.until(&format!("a line `{prefix}…`"), |log| line(log, prefix, 0))
    }

    /// Waits until the program has printed `times` lines that begin with `prefix`; gives the rest of the last.
    ///
    /// # Errors
    ///
    /// As [`says`](Self::says).
    pub fn says_times(&mut self, prefix: &str, times: usize) -> Result<String, String> {
        self.until(&format!("{times} lines `{prefix}…`"), |log| {
            line(log, prefix, times.saturating_sub(1))
        })
    }

    /// Waits until something accepts connections at `address`.
    ///
    /// # Errors
    ///
    /// When the program ends before, or takes too long.
    pub fn accepts(&mut self, address: SocketAddr) -> Result<(), String> {
        self.until(&format!("a listener on {address}"), |_| {
            TcpStream::connect(address).ok().map(drop)
        })
    }

    fn until<T>(&mut self, what: &str, look: impl Fn(&str) -> Option<T>) -> Result<T, String> {
        let deadline = Instant::now() + READY;
        loop {
            let ended = self.ended()?;
            if let Some(found) = look(&self.output()) {
                return Ok(found);
            }
            if let Some(status) = ended {
                return Err(
                    self.with_log(&format!("expected {what} from {}, got {status}", self.name))
                );
            }
            if Instant::now() > deadline {
                return Err(self.with_log(&format!("expected {what} from {}, got none", self.name)));
            }
            thread::sleep(GLANCE);
        }
    }

    /// Waits until the program has ended, however it did.
    ///
    /// # Errors
    ///
    /// When it runs longer than `limit`.
    pub fn ends(&mut self, limit: Duration) -> Result<ExitStatus, String> {
        let deadline = Instant::now() + limit;
        loop {
            match self.ended()? {
                Some(status) => return Ok(status),
                None if Instant::now() < deadline => thread::sleep(GLANCE),
                None => {
                    let (name, seconds) = (&self.name, limit.as_secs());
                    let what = format!("expected the end of {name} within {seconds} s, got none");
                    return Err(self.with_log(&what));
                }
            }
        }
    }

    /// Waits until the program has ended with success.
    ///
    /// # Errors
    ///
    /// When it ends otherwise, or runs longer than `limit`.
    pub fn succeeds(&mut self, limit: Duration) -> Result<(), String> {
        let status = self.ends(limit)?;
        if status.success() {
            return Ok(());
        }
        Err(self.with_log(&format!("expected success from {}, got {status}", self.name)))
    }

    /// Everything that the program printed up to now.
    #[must_use]
    pub fn output(&self) -> String {
        fs::read(&self.log)
            .map(|log| String::from_utf8_lossy(&log).into_owned())
            .unwrap_or_default()
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>, String> {
        self.child
            .try_wait()
            .map_err(|error| format!("expected the state of {}, got {error}", self.name))
    }

    /// A complaint, and under it the end of what the program printed.
    #[must_use]
    pub fn with_log(&self, what: &str) -> String {
        let output = self.output();
        let lines: Vec<&str> = output.lines().collect();
        let (_, end) = lines.split_at(lines.len().saturating_sub(LOG_LINES));
        [&[what], end].concat().join("\n    ")
    }
}

/// What stands behind `prefix` in a whole line, after so many others that begin with it.
fn line(log: &str, prefix: &str, others: usize) -> Option<String> {
    let (complete, _) = log.rsplit_once('\n')?;
    let mut said = complete.lines().filter_map(|line| line.strip_prefix(prefix));
    said.nth(others).map(str::to_owned)
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already, which is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address on this machine that nothing listens on, for programs that cannot choose one themselves.
///
/// # Errors
///
/// When no port is left.
pub fn free_address() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address.map_err(|error| format!("expected a free port, got {error}"))
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::PathBuf, process::Command, time::Duration};

    use super::Process;

    /// A file for the output of a shell, gone when the test ends.
    struct Log(PathBuf);

    impl Log {
        fn new(name: &str) -> Self {
            Self(env::temp_dir().join(format!("sockeye-process-{}-{name}", std::process::id())))
        }

        fn start(&self, script: &str) -> Process {
            Process::start(Command::new("sh").args(["-c", script]), &self.0)
                .expect("a shell starts")
        }
    }

    impl Drop for Log {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    #[test]
    fn a_line_is_waited_for_until_it_is_whole() {
        let log = Log::new("line");
        let mut shell = log.start("echo first; echo at 1.2.3.4; exec cat /dev/zero >/dev/null");
        assert_eq!(shell.says("at "), Ok("1.2.3.4".into()));
    }

    #[test]
    fn a_program_that_ends_early_is_told_with_what_it_printed() {
        let log = Log::new("early");
        let error = log.start("echo no port; exit 3").says("at ");
        let expected = "expected a line `at …` from sh, got exit status: 3\n    no port";
        assert_eq!(error, Err(expected.into()));
        let error = log.start("echo no port; exit 3").succeeds(Duration::from_secs(60));
        assert_eq!(error, Err("expected success from sh, got exit status: 3\n    no port".into()));
    }

    #[test]
    fn a_program_that_goes_on_is_told_and_then_ended() {
        let log = Log::new("long");
        let error = log.start("exec cat /dev/zero >/dev/null").succeeds(Duration::ZERO);
        assert_eq!(error, Err("expected the end of sh within 0 s, got none".into()));
    }
}
