//! `engine connections`: what is configured, whether it works, and the first sign-in.

use connector_api::{CheckStatus, Setting};

use super::{Failure, connectors_of};
use crate::args::{ConnectionsArgs, ConnectionsCommand, Deployment, LoginArgs};
use crate::exit_code::Exit;
use crate::render::{run::table, style};
use crate::settings::{Configuration, Services, SetupError};

pub(crate) async fn connections(command: ConnectionsCommand) -> Result<Exit, Failure> {
    match command {
        ConnectionsCommand::List(args) => list(&args).await,
        ConnectionsCommand::Check(args) => check(&args).await,
        ConnectionsCommand::Login(args) => login(&args).await,
    }
}

async fn configured(deployment: &Deployment) -> Result<Box<Configuration>, Failure> {
    match Services::of(deployment).await? {
        Services::Configured(configuration) => Ok(configuration),
        Services::Sandbox(_) => Err(Failure::Setup(SetupError::new(
            "no connection is configured; the sandbox would stand in",
            "copy connections.example.yaml to connections.yaml and fill it in",
        ))),
    }
}

async fn list(args: &ConnectionsArgs) -> Result<Exit, Failure> {
    let configuration = configured(&args.deployment).await?;
    let mut table = table(&["connection", "connector", "setting", "value"]);
    for (name, connection) in &configuration.connections {
        for (setting, value) in &connection.settings.values {
            let shown = match value {
                Setting::Text(text) => text.clone(),
                Setting::TextList(texts) => texts.join(", "),
                Setting::Boolean(value) => value.to_string(),
                Setting::Integer(value) => value.to_string(),
                Setting::Duration(value) => format!("{} s", value.as_secs_f64()),
                Setting::Secret(secret) => secret.reference().to_owned(),
            };
            table.add_row([name.as_str(), &connection.connector, setting, &shown]);
        }
    }
    anstream::println!("{}", table.trim_fmt());
    let every = configuration.timing.poll_every;
    anstream::println!(
        "polls every {} s; webhooks are received at {}",
        every.as_secs_f64(),
        configuration.listen
    );
    Ok(Exit::Success)
}

async fn check(args: &ConnectionsArgs) -> Result<Exit, Failure> {
    let services = Services::Configured(configured(&args.deployment).await?);
    let mut missing = false;
    for (name, connection) in connectors_of(&services)? {
        anstream::println!("{}", style::strong(&name));
        for item in connection.check().await {
            let mark = match item.status {
                CheckStatus::Ok => style::good("ok"),
                CheckStatus::Warning => style::doubtful("look"),
                CheckStatus::Missing => style::bad("missing"),
            };
            missing |= item.status == CheckStatus::Missing;
            let told = [item.subject.as_str(), &item.message];
            let told = if item.message.is_empty() {
                &told[..1]
            } else {
                &told
            };
            anstream::println!("  {mark} {}", told.join(": "));
        }
    }
    Ok(if missing { Exit::Setup } else { Exit::Success })
}

async fn login(args: &LoginArgs) -> Result<Exit, Failure> {
    let configuration = configured(&args.deployment).await?;
    let Some(connection) = configuration.connections.get(&args.connection) else {
        return Err(Failure::asked(
            format!("there is no connection `{}`", args.connection),
            "engine connections list shows those there are",
        ));
    };
    crate::connectors::login(&connection.connector, &connection.settings, |page, code| {
        anstream::println!("Open {} and enter {}", style::strong(page), style::strong(code));
        anstream::println!("{}", style::dim("waiting until you are done there ..."));
    })
    .await
    .map_err(|error| {
        Failure::Setup(SetupError::new(
            error,
            "try again; a code is good for a few minutes",
        ))
    })?;
    anstream::println!(
        "{}; the token is kept. `engine connections check` tries it",
        style::good("signed in")
    );
    Ok(Exit::Success)
}
