//! A command that goes on until it is told to stop.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::{Finished, Workplace};

/// Far longer than anything here takes; only a command that hangs gets this far.
const WAIT_MAX: Duration = Duration::from_secs(120);

/// A started command. Dropping it ends it.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: String,
    stderr: Option<JoinHandle<String>>,
}

impl Workplace {
    /// Starts a command that serves.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut child = self
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let (sender, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        std::thread::spawn(move || {
            stdout
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        let mut stderr = child.stderr.take().expect("stderr is piped");
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        Running {
            child,
            lines,
            seen: String::new(),
            stderr: Some(stderr),
        }
    }
}

impl Running {
    /// Reads until a line holds the text; answers that line.
    #[track_caller]
    pub fn until(&mut self, text: &str) -> String {
        let ends_at = Instant::now() + WAIT_MAX;
        loop {
            match self.lines.recv_timeout(ends_at - Instant::now()) {
                Ok(line) => {
                    self.seen.push_str(&line);
                    self.seen.push('\n');
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(error) => {
                    let stderr = if error == RecvTimeoutError::Disconnected {
                        self.stderr
                            .take()
                            .map(|reader| reader.join().expect("stderr can be read"))
                    } else {
                        None
                    };
                    panic!(
                        "`{text}` was not said: {error}\n--- stdout\n{}\n--- stderr\n{}",
                        self.seen,
                        stderr.unwrap_or_default()
                    );
                }
            }
        }
    }

    /// Sends a signal, `INT` or `TERM`, and waits for the end.
    #[track_caller]
    pub fn stop(mut self, signal: &str) -> Finished {
        let sent = Command::new("kill")
            .args([format!("-{signal}"), self.child.id().to_string()])
            .status()
            .expect("a signal can be sent");
        assert!(sent.success(), "the signal was not taken");
        let ends_at = Instant::now() + WAIT_MAX;
        loop {
            match self.lines.recv_timeout(ends_at - Instant::now()) {
                Ok(line) => self.seen.push_str(&format!("{line}\n")),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!(
                        "the command did not stop on SIG{signal}\n--- stdout\n{}",
                        self.seen
                    )
                }
            }
        }
        let status = self.child.wait().expect("a child can be waited for");
        let stderr = self.stderr.take().map(|reader| reader.join());
        Finished {
            code: status.code().unwrap_or(-1),
            stdout: std::mem::take(&mut self.seen),
            stderr: stderr.expect("read once").expect("stderr can be read"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A child that has ended already needs neither.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What follows a text in a line, up to a blank, comma, semicolon or the line's end.
pub fn after<'a>(line: &'a str, text: &str) -> &'a str {
    let (_, rest) = line
        .split_once(text)
        .unwrap_or_else(|| panic!("`{text}` is not in `{line}`"));
    let end = rest.find([' ', ',', ';']).unwrap_or(rest.len());
    rest[..end].trim_end_matches('.')
}
