//! What can be typed, and nothing else: meaning is given to it in `settings` and `commands`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Keeps Partner Center referrals and Salesforce opportunities in step, by flows written in YAML.
#[derive(Debug, Parser)]
#[command(name = "engine", version, propagate_version = true, max_term_width = 110)]
#[command(after_help = "Exit codes: 0 done, 2 usage, 3 mistakes in flows, 4 setup, 5 a run failed or sides differ, 6 store.\n\
                        Start here: engine run flows/ --until-idle")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    #[command(flatten)]
    pub global: Global,
}

#[derive(Args, Debug, Clone)]
pub struct Global {
    /// More detail on stderr; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// When to use colours (NO_COLOR is obeyed)
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run all flows of a folder, or one flow once
    Run(RunArgs),
    /// Check flows without running anything; every mistake is shown at its line
    Validate(ValidateArgs),
    /// Draw the order of a flow's actions
    Graph(GraphArgs),
    /// What ran, from the store
    #[command(subcommand)]
    Runs(RunsCommand),
    /// The services the flows talk to
    #[command(subcommand)]
    Connections(ConnectionsCommand),
    /// Partner Center and Salesforce on loopback, without flows
    Sandbox(SandboxArgs),
    /// JSON Schemas for editors and for machines
    Schema(SchemaArgs),
    /// What a diagnostic code means and how to cure it
    Explain(ExplainArgs),
    /// Shell completions: engine completions bash > ~/.local/share/bash-completion/completions/engine
    Completions(CompletionsArgs),
}

/// Where connections, environment and store are.
#[derive(Args, Debug, Clone, Default)]
pub struct Deployment {
    /// The connections file [default: connections.yaml if it exists]. Without one the sandbox stands in
    #[arg(long, value_name = "FILE", env = "ENGINE_CONNECTIONS")]
    pub connections: Option<PathBuf>,

    /// Current values of environment variables: environments/<NAME>.yaml
    #[arg(long, value_name = "NAME", env = "ENGINE_ENVIRONMENT")]
    pub environment: Option<String>,

    /// Where runs, cursors and events are kept
    #[arg(long, value_name = "FOLDER", env = "ENGINE_STORE", default_value = ".engine")]
    pub store: PathBuf,
}

#[derive(Args, Debug)]
pub struct RunArgs {
    /// A folder of flows, or one flow
    pub path: PathBuf,

    /// End when nothing is left to do: no event, run, change or delivery is waiting
    #[arg(long)]
    pub until_idle: bool,

    /// One flow: run it once on this saved event (JSON)
    #[arg(long, value_name = "FILE", conflicts_with = "inputs")]
    pub event: Option<PathBuf>,

    /// One flow: run it once with these inputs; a value is read as JSON if it is JSON, else as text
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    pub inputs: Vec<String>,

    /// On the sandbox: do not play the story
    #[arg(long)]
    pub no_story: bool,

    /// On the sandbox: play these stories instead of the one that comes along
    #[arg(long, value_name = "FILE", conflicts_with = "no_story")]
    pub story: Vec<PathBuf>,

    /// How to print a single run
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    #[command(flatten)]
    pub deployment: Deployment,
}

#[derive(Args, Debug)]
pub struct ValidateArgs {
    /// Folders of flows, or files in them
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,

    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    /// Treat warnings as errors
    #[arg(long)]
    pub deny_warnings: bool,
}

#[derive(Args, Debug)]
pub struct GraphArgs {
    /// A flow
    pub path: PathBuf,

    /// Which drawing; both by default
    #[arg(long, value_enum)]
    pub format: Option<GraphFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    Text,
    Mermaid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// Runs, failed ones first
    List(RunsListArgs),
    /// One run with each of its actions
    Show(RunsShowArgs),
}

#[derive(Args, Debug)]
pub struct RunsListArgs {
    /// Only runs of this flow (its file name without .yaml)
    #[arg(long)]
    pub flow: Option<String>,

    /// Only failed runs
    #[arg(long)]
    pub failed: bool,

    /// Most runs shown
    #[arg(long, default_value_t = 50)]
    pub limit: usize,

    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Args, Debug)]
pub struct RunsShowArgs {
    /// The run's id, or its first characters
    pub id: String,

    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    #[command(flatten)]
    pub store: StoreArgs,
}

/// Which store to read.
#[derive(Args, Debug, Clone)]
pub struct StoreArgs {
    /// Where runs are kept [default: .engine, or the sandbox's store in it]
    #[arg(long, value_name = "FOLDER", env = "ENGINE_STORE", default_value = ".engine")]
    pub store: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum ConnectionsCommand {
    /// What is configured; secrets are shown by reference only
    List(ConnectionsArgs),
    /// Sign in to each service and name what is missing
    Check(ConnectionsArgs),
    /// Get a first Partner Center token by device code
    Login(LoginArgs),
}

#[derive(Args, Debug)]
pub struct ConnectionsArgs {
    #[command(flatten)]
    pub deployment: Deployment,
}

#[derive(Args, Debug)]
pub struct LoginArgs {
    /// Which connection, when there are several
    #[arg(default_value = "partner_center")]
    pub connection: String,

    #[command(flatten)]
    pub deployment: Deployment,
}

#[derive(Args, Debug)]
pub struct SandboxArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,
}

#[derive(Args, Debug)]
pub struct SchemaArgs {
    /// Which schema
    #[arg(value_enum)]
    pub which: SchemaKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaKind {
    Flow,
    Mapping,
    Solution,
    Connections,
}

#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// A diagnostic code; without one all codes are listed
    pub code: Option<String>,
}

#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
