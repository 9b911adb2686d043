//! What can be typed, and nothing else: meaning is given to it in `settings` and `commands`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Keeps Partner Center referrals and Salesforce opportunities in step, by flows written in YAML.
#[derive(Debug, Parser)]
#[command(name = "engine", version, propagate_version = true, max_term_width = 110)]
#[command(
    after_help = "Exit codes: 0 done, 2 usage, 3 mistakes in flows, 4 setup, 5 a run failed or sides differ, 6 store.\n\
                        Start here: engine run flows/ --until-idle"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) global: Global,
}

#[derive(Args, Debug, Clone)]
pub(crate) struct Global {
    /// More detail on stderr; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// When to use colours (NO_COLOR is obeyed)
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run all flows of a folder, or one flow once
    Run(RunArgs),
    /// Check flows without running anything; every mistake is shown at its line
    Validate(ValidateArgs),
    /// Draw the order of a flow's actions
    Graph(GraphArgs),
    /// What ran, from the store
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Which records are the same deal, and what was last seen of them
    #[command(subcommand)]
    Links(LinksCommand),
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
pub(crate) struct Deployment {
    /// The connections file [default: connections.yaml if it exists]. Without one the sandbox stands in
    #[arg(long, value_name = "FILE", env = "ENGINE_CONNECTIONS")]
    pub(crate) connections: Option<PathBuf>,

    /// Current values of environment variables: environments/<NAME>.yaml
    #[arg(long, value_name = "NAME", env = "ENGINE_ENVIRONMENT")]
    pub(crate) environment: Option<String>,

    /// Where runs, cursors and events are kept
    #[arg(long, value_name = "FOLDER", env = "ENGINE_STORE", default_value = ".engine")]
    pub(crate) store: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// A folder of flows, or one flow
    pub(crate) path: PathBuf,

    /// End when nothing is left to do: no event, run, change or delivery is waiting
    #[arg(long)]
    pub(crate) until_idle: bool,

    /// One flow: run it once on this saved event (JSON)
    #[arg(long, value_name = "FILE", conflicts_with = "inputs")]
    pub(crate) event: Option<PathBuf>,

    /// One flow: run it once with these inputs; a value is read as JSON if it is JSON, else as text
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    pub(crate) inputs: Vec<String>,

    /// On the sandbox: do not play the story
    #[arg(long)]
    pub(crate) no_story: bool,

    /// On the sandbox: play these stories instead of the one that comes along
    #[arg(long, value_name = "FILE", conflicts_with = "no_story")]
    pub(crate) story: Vec<PathBuf>,

    /// How to print a single run
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) deployment: Deployment,
}

#[derive(Args, Debug)]
pub(crate) struct ValidateArgs {
    /// Folders of flows, or files in them
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// How to print what was found
    #[arg(long, value_enum, default_value_t = FindingsFormat::Human)]
    pub(crate) format: FindingsFormat,

    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

#[derive(Args, Debug)]
pub(crate) struct GraphArgs {
    /// A flow
    pub(crate) path: PathBuf,

    /// Which drawing; both by default
    #[arg(long, value_enum)]
    pub(crate) format: Option<GraphFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    Text,
    Mermaid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindingsFormat {
    /// With the lines of the files
    Human,
    /// As data
    Json,
    /// As annotations of a GitHub workflow
    Github,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// Runs, failed ones first
    List(RunsListArgs),
    /// One run with each of its actions
    Show(RunsShowArgs),
}

#[derive(Args, Debug)]
pub(crate) struct RunsListArgs {
    /// Only runs of this flow (its file name without .yaml)
    #[arg(long)]
    pub(crate) flow: Option<String>,

    /// Only failed runs
    #[arg(long)]
    pub(crate) failed: bool,

    /// Most runs shown
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,

    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct RunsShowArgs {
    /// The run's id, or its first characters
    pub(crate) id: String,

    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LinksCommand {
    /// Every deal with its records and when both sides last agreed
    List(LinksListArgs),
    /// One deal with the values last seen on each side
    Show(LinksShowArgs),
    /// Name other records for a deal; values seen on a record it no longer names are forgotten
    Repair(LinksRepairArgs),
    /// Forget a deal; its records stay as they are
    Remove(LinksRemoveArgs),
}

#[derive(Args, Debug)]
pub(crate) struct LinksListArgs {
    /// Most links shown
    #[arg(long, default_value_t = 1_000)]
    pub(crate) limit: u32,

    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct LinksShowArgs {
    /// The link's id, or the id of any of its records
    pub(crate) link: String,

    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct LinksRepairArgs {
    /// The link's id, or the id of any of its records
    pub(crate) link: String,

    /// Our referral; an empty text takes it away
    #[arg(long, value_name = "ID")]
    pub(crate) referral: Option<String>,

    /// The engagement of both referrals
    #[arg(long, value_name = "ID")]
    pub(crate) engagement: Option<String>,

    /// Microsoft's copy of the referral
    #[arg(long, value_name = "ID")]
    pub(crate) microsoft_referral: Option<String>,

    /// The opportunity
    #[arg(long, value_name = "ID")]
    pub(crate) opportunity: Option<String>,

    /// The lead
    #[arg(long, value_name = "ID")]
    pub(crate) lead: Option<String>,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct LinksRemoveArgs {
    /// The link's id, or the id of any of its records
    pub(crate) link: String,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// Which store to read.
#[derive(Args, Debug, Clone)]
pub(crate) struct StoreArgs {
    /// Where runs are kept [default: .engine, or the sandbox's store in it]
    #[arg(long, value_name = "FOLDER", env = "ENGINE_STORE", default_value = ".engine")]
    pub(crate) store: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionsCommand {
    /// What is configured; secrets are shown by reference only
    List(ConnectionsArgs),
    /// Sign in to each service and name what is missing
    Check(ConnectionsArgs),
    /// Get a first Partner Center token by device code
    Login(LoginArgs),
}

#[derive(Args, Debug)]
pub(crate) struct ConnectionsArgs {
    #[command(flatten)]
    pub(crate) deployment: Deployment,
}

#[derive(Args, Debug)]
pub(crate) struct LoginArgs {
    /// Which connection, when there are several
    #[arg(default_value = "partner_center")]
    pub(crate) connection: String,

    #[command(flatten)]
    pub(crate) deployment: Deployment,
}

#[derive(Args, Debug)]
pub(crate) struct SandboxArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,

    /// Write a connections file for it, secrets beside it, so that it can stand in for the real services
    #[arg(long, value_name = "FILE")]
    pub(crate) write_connections: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct SchemaArgs {
    /// Which schema
    #[arg(value_enum)]
    pub(crate) which: SchemaKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaKind {
    Flow,
    Mapping,
    Solution,
    Connections,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// A diagnostic code; without one all codes are listed
    pub(crate) code: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
