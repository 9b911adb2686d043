//! All flows of a folder: on the sandbox with the story, on real services until stopped.

use std::collections::BTreeMap;
use std::time::Duration;

use connector_api::Value;
use engine_core::flow::Status;
use engine_core::service::Progress;
use engine_core::store::{Reader, RunFilter, RunStatus};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;

use super::assembled::{Assembled, read};
use super::{sides, until_interrupted};
use crate::args::RunArgs;
use crate::commands::{Checked, Failure};
use crate::exit_code::Exit;
use crate::render::{self, live::Live, style};
use crate::settings::Services;
use crate::story::{Player, Script};

/// The flow that tells Partner Center where to send events, and the one it sends them to.
const REGISTRATION: &str = "partner-center-webhook-registration";
const RECEIVER: &str = "partner-center-to-salesforce";
/// How often the sandbox is asked whether a delivery is under way while everything else is quiet.
const QUIET_CHECK: Duration = Duration::from_millis(20);
/// So many failures of one poll, while nothing else is left to do, are taken for good.
const POLL_FAILURES_MAX: u32 = 20;

pub(super) async fn folder(args: RunArgs, checked: Checked) -> Result<Exit, Failure> {
    if args.event.is_some() || !args.inputs.is_empty() {
        return Err(Failure::asked(
            "--event and --inputs are for one flow",
            "name one: engine run flows/<flow>.yaml --event event.json",
        ));
    }
    let assembled = Assembled::of(checked, &args.deployment).await?;
    announce(&assembled);
    let printer = printer(&assembled);
    let story = story(&assembled, &args).await?;
    assembled.host.start().await?;
    let outcome = tokio::select! {
        outcome = work(&assembled, &args, story) => outcome,
        () = until_interrupted() => {
            anstream::println!("stopping ...");
            Ok(Some(if args.until_idle {
                anstream::eprintln!("stopped before everything was done; the sides were not compared");
                Exit::RunFailed
            } else {
                Exit::Success
            }))
        }
    };
    printer.abort();
    let outcome = match outcome {
        Ok(None) => finish(&assembled).await,
        Ok(Some(exit)) => Ok(exit),
        Err(failure) => Err(failure),
    };
    assembled.stop().await;
    outcome
}

fn announce(assembled: &Assembled) {
    let flows = assembled.solution.flows.len();
    match &assembled.services {
        Services::Sandbox(sandbox) => anstream::println!(
            "{} No connection is configured: Partner Center and Salesforce are played at {}.",
            style::doubtful("SANDBOX."),
            sandbox.base_url()
        ),
        Services::Configured(configuration) => {
            anstream::println!("connections from {}", configuration.path.display());
            if configuration.public_url.is_none() {
                anstream::println!(
                    "{} no `public_url`: Partner Center cannot reach this engine",
                    style::doubtful("!")
                );
            }
        }
    }
    anstream::println!(
        "{flows} flows of \"{}\"; webhooks at http://{}; runs in {}",
        assembled.solution.name,
        assembled.address,
        assembled.store_folder.display()
    );
}

/// Prints progress until aborted.
fn printer(assembled: &Assembled) -> JoinHandle<()> {
    let mut progress = assembled.host.progress();
    let mut live = Live::new(assembled.flow_names());
    tokio::spawn(async move {
        loop {
            match progress.recv().await {
                Ok(progress) => live
                    .lines(&progress)
                    .iter()
                    .for_each(|line| anstream::println!("{line}")),
                Err(RecvError::Lagged(missed)) => {
                    anstream::println!("  ({missed} reports were too quick to show)")
                }
                Err(RecvError::Closed) => return,
            }
        }
    })
}

/// `None` when everything is done and only the summary is left.
async fn work(
    assembled: &Assembled,
    args: &RunArgs,
    story: Option<(Player, Script)>,
) -> Result<Option<Exit>, Failure> {
    register(assembled).await?;
    if let Some((mut player, script)) = story {
        quiet(assembled).await?;
        for (number, step) in script.steps.iter().enumerate() {
            anstream::println!("\n{}", style::strong(&format!("{}. {}", number + 1, step.title)));
            let shown = player.play(step).await.map_err(Failure::story)?;
            for (name, value) in shown {
                anstream::println!("  {name}: {}", style::doubtful(&value.replace('\n', "\n    ")));
            }
            assembled.host.stir();
            quiet(assembled).await?;
        }
    } else if args.until_idle {
        quiet(assembled).await?;
    }
    if args.until_idle {
        return Ok(None);
    }
    anstream::println!(
        "\nserving; Ctrl-C stops it. Elsewhere: engine runs list --store {}",
        args.deployment.store.display()
    );
    until_interrupted().await;
    anstream::println!("stopping ...");
    Ok(Some(Exit::Success))
}

/// The story and who plays it, on the sandbox; what comes before its steps has been done.
async fn story(assembled: &Assembled, args: &RunArgs) -> Result<Option<(Player, Script)>, Failure> {
    let Some(sandbox) = assembled.services.sandbox().filter(|_| !args.no_story) else {
        return Ok(None);
    };
    let script = scripts(args)?;
    let mut player = Player::new(sandbox.base_url(), &sandbox.credentials())
        .await
        .map_err(Failure::unforeseen)?;
    player.prepare(&script).await.map_err(Failure::story)?;
    Ok(Some((player, script)))
}

/// The story to play: the one that comes along, or those named, one after the other.
fn scripts(args: &RunArgs) -> Result<Script, Failure> {
    if args.story.is_empty() {
        return Script::co_sell().map_err(|error| Failure::unforeseen(error.to_string()));
    }
    let mut whole = Script::default();
    for path in &args.story {
        let script = Script::read(path)?;
        whole.before.extend(script.before);
        whole.steps.extend(script.steps);
    }
    Ok(whole)
}

/// On the sandbox flow 1 registers the webhook. On real services a missing registration is reported, never mended
/// unasked: the tenant has only one.
async fn register(assembled: &Assembled) -> Result<(), Failure> {
    if !assembled.solution.flows.contains_key(REGISTRATION) {
        return Ok(());
    }
    if assembled.services.sandbox().is_some() {
        let one = assembled.host.run_manual(REGISTRATION, &Value::Null).await?;
        if one.end.status != Status::Succeeded {
            let why = one
                .end
                .error
                .map(|error| render::run::why(&error))
                .unwrap_or_default();
            return Err(Failure::unforeseen(format!(
                "the webhook could not be registered: {why}"
            )));
        }
        return Ok(());
    }
    let (Some(url), Some(connection)) = (
        assembled.host.flow_url(RECEIVER),
        assembled.host.connections().get("partner_center"),
    ) else {
        return Ok(());
    };
    let registration = read(
        &**connection,
        "get_webhook_registration",
        Value::Object(connector_api::Map::new()),
    )
    .await;
    match registration {
        Ok(body) if body.get("WebhookUrl").and_then(Value::as_str) == Some(url) => {}
        Ok(_) => anstream::println!(
            "{} Partner Center does not send its events here yet: engine run flows/{REGISTRATION}.yaml",
            style::doubtful("!")
        ),
        Err(error) => anstream::println!(
            "{} the webhook registration could not be read: {error}",
            style::doubtful("!")
        ),
    }
    Ok(())
}

/// Returns when nothing is left to do: here, and in the sandbox's deliveries. A poll that keeps failing would never
/// come back empty: that is said instead of waited for.
async fn quiet(assembled: &Assembled) -> Result<(), Failure> {
    let mut progress = assembled.host.progress();
    let mut failures: BTreeMap<String, u32> = BTreeMap::new();
    let mut check = tokio::time::interval(QUIET_CHECK);
    loop {
        let delivered = || assembled.services.sandbox().is_none_or(sandbox::Sandbox::idle);
        // Asked before and after: a delivery that arrives in between is a run by the second look.
        if delivered() && assembled.host.is_idle() && delivered() {
            return Ok(());
        }
        while let Ok(seen) = progress.try_recv() {
            if let Progress::PollFailed { flow, message } = seen {
                let count = failures.entry(flow.clone()).or_default();
                *count += 1;
                if *count >= POLL_FAILURES_MAX {
                    return Err(Failure::story(format!(
                        "flow `{flow}`: its poll keeps failing: {message}"
                    )));
                }
            }
        }
        tokio::select! {
            () = assembled.host.changed() => {}
            _ = check.tick() => {}
        }
    }
}

async fn finish(assembled: &Assembled) -> Result<Exit, Failure> {
    let names: BTreeMap<String, String> = assembled.flow_names();
    let rows = assembled.store.runs(RunFilter::default()).await?;
    anstream::println!(
        "\n{}\n{}",
        style::strong("Runs"),
        render::run::counts(&rows, &names)
    );
    let sides = sides::compare(assembled).await?;
    anstream::println!("\n{}", style::strong("Both sides, field by field"));
    anstream::print!("{}", render::compare::table(&sides));
    if sides.is_empty()
        && rows
            .iter()
            .any(|row| matches!(row.status, RunStatus::Failed | RunStatus::TimedOut))
    {
        anstream::println!("\n{} runs failed and no deal was linked", style::bad("✗"));
        return Ok(Exit::RunFailed);
    }
    let differing = sides
        .iter()
        .flat_map(|deal| &deal.fields)
        .filter(|field| !field.agrees)
        .count();
    if differing > 0 {
        anstream::println!("\n{} {differing} fields differ", style::bad("✗"));
        return Ok(Exit::RunFailed);
    }
    anstream::println!(
        "\n{} both sides agree on every mapped field of {} deals",
        style::good("✓"),
        sides.len()
    );
    Ok(Exit::Success)
}
