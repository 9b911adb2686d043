//! `engine sandbox`: the two services on loopback, without flows.

use sandbox::{Sandbox, SandboxOptions};

use super::Failure;
use crate::args::SandboxArgs;
use crate::exit_code::Exit;
use crate::render::style;
use crate::settings::write_connections;

pub(crate) async fn sandbox(args: SandboxArgs) -> Result<Exit, Failure> {
    let options = SandboxOptions {
        port: args.port,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::start(options)
        .await
        .map_err(|error| Failure::asked(error.to_string(), "try --port 0"))?;
    if let Some(file) = &args.write_connections {
        write_connections(file, &sandbox.credentials())?;
    }
    let base = sandbox.base_url();
    anstream::println!(
        "{} at {base}",
        style::strong("sandbox of Partner Center and Salesforce")
    );
    anstream::println!("  referrals   {base}/v1.0/engagements/referrals");
    anstream::println!("  webhooks    {base}/webhooks/v1/registration");
    anstream::println!("  salesforce  {base}/services/data");
    anstream::println!("  state       {base}/sandbox/state");
    if let Some(file) = &args.write_connections {
        anstream::println!("  connections {}", file.display());
    }
    anstream::println!("Ctrl-C stops it; nothing is kept.");
    super::run::until_interrupted().await;
    sandbox.shutdown().await;
    Ok(Exit::Success)
}
