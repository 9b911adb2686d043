//! Runs the program as a user would: in a folder of its own, with nothing of the surroundings leaking in.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a finished command left.
#[derive(Debug)]
pub struct Finished {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// A folder to run the program in.
pub struct Workplace {
    program: PathBuf,
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Workplace {
    /// An empty folder. `program` is `env!("CARGO_BIN_EXE_engine-double")` of the test.
    pub fn new(program: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Self {
            program: program.into(),
            folder,
            variables: Vec::new(),
        }
    }

    /// A folder with a copy of the shipped flows in `flows/`.
    pub fn with_flows(program: &str) -> Self {
        let workplace = Self::new(program);
        copy(&crate::root().join("flows"), &workplace.path("flows"));
        workplace
    }

    /// With a process variable set.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path in the folder.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Writes a file, making its folders.
    pub fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder"))
            .expect("a folder can be made");
        std::fs::write(path, text).expect("a file can be written");
    }

    /// Changes a file by replacing a text that must be there.
    pub fn edit(&self, relative: &str, from: &str, to: &str) {
        let path = self.path(relative);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("`{relative}`: {error}"));
        assert!(text.contains(from), "`{relative}` does not hold `{from}`");
        std::fs::write(path, text.replacen(from, to, 1)).expect("a file can be written");
    }

    /// The command, not yet started, with the surroundings scrubbed.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .env_clear();
        command.env("HOME", self.folder.path()).env("NO_COLOR", "1");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        let output = self
            .command(arguments)
            .output()
            .expect("the program can be started");
        Finished {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Puts a story of `tests/data/stories` here; answers its name as an argument.
    pub fn story(&self, name: &str) -> String {
        let file = format!("{name}.story.yaml");
        self.write(&file, &crate::text(&format!("tests/data/stories/{name}.yaml")));
        file
    }

    /// Plays stories on the sandbox until idle.
    pub fn play(&self, stories: &[&str]) -> Finished {
        let mut arguments = vec!["run", "flows/", "--until-idle"];
        stories
            .iter()
            .for_each(|story| arguments.extend(["--story", story]));
        self.run(&arguments)
    }
}

impl Finished {
    /// Insists on an exit code; shows all output otherwise.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Insists on a text in the output.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert!(
            all.contains(text),
            "`{text}` is not said\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("a folder can be listed") {
        let entry = entry.expect("a folder can be listed");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}
