//! `engine sandbox`: the two services on loopback, without flows.

use sandbox::{Sandbox, SandboxOptions};

use super::Failure;
use crate::args::SandboxArgs;
use crate::exit_code::Exit;
use crate::render::style;

pub(crate) async fn sandbox(args: SandboxArgs) -> Result<Exit, Failure> {
    let options = SandboxOptions {
        port: args.port,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::start(options)
        .await
        .map_err(|error| Failure::asked(error.to_string(), "try --port 0"))?;
    let base = sandbox.base_url();
    anstream::println!(
        "{} at {base}",
        style::strong("sandbox of Partner Center and Salesforce")
    );
    anstream::println!("  referrals   {base}/v1.0/engagements/referrals");
    anstream::println!("  webhooks    {base}/webhooks/v1/registration");
    anstream::println!("  salesforce  {base}/services/data");
    anstream::println!("  state       {base}/sandbox/state");
    anstream::println!("Ctrl-C stops it; nothing is kept.");
    super::run::until_interrupted().await;
    sandbox.shutdown().await;
    Ok(Exit::Success)
}
