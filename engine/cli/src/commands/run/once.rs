//! One flow, once: on a saved event or with given inputs.

use std::path::Path;

use connector_api::{Map, Value};
use engine_core::flow::{Status, TriggerKind};
use engine_core::journal::RunView;
use engine_core::store::Reader;

use super::assembled::Assembled;
use crate::args::{Format, RunArgs};
use crate::commands::{Checked, Failure};
use crate::exit_code::Exit;
use crate::render::{self, style};
use crate::story::{Player, Script};

pub(super) async fn once(args: RunArgs, checked: Checked) -> Result<Exit, Failure> {
    let flow = checked.flow.clone().unwrap_or_default();
    let Some(declared) = checked.solution.solution().flows.get(&flow) else {
        return Err(Failure::asked(
            format!("`{}` is not a flow", args.path.display()),
            "name a file of flows/",
        ));
    };
    let manual = matches!(declared.trigger.kind, TriggerKind::Manual { .. });
    let given = match &args.event {
        Some(file) => Some(event(file)?),
        None if manual => None,
        None => {
            return Err(Failure::asked(
                format!("flow `{flow}` starts on an event"),
                "give it one: --event event.json (the body its trigger would receive)",
            ));
        }
    };
    let inputs = inputs(&args.inputs)?;
    let assembled = Assembled::of(checked, &args.deployment).await?;
    if let Some(sandbox) = assembled.services.sandbox() {
        anstream::eprintln!(
            "{}",
            style::dim(
                "on the sandbox (no connection is configured); it holds the first referral of the story"
            )
        );
        first_referral(sandbox.base_url(), &sandbox.credentials()).await?;
    }
    let one = match given {
        Some(body) => assembled.host.run_event(&flow, body).await,
        None => assembled.host.run_manual(&flow, &inputs).await,
    };
    let one = match one {
        Ok(one) => one,
        Err(error) => {
            assembled.stop().await;
            return Err(error.into());
        }
    };
    let row = assembled.store.run(one.id).await?;
    let view = RunView::of(&assembled.store.journal(one.id).await?);
    if let Some(row) = row {
        match args.format {
            Format::Human => anstream::print!("{}", render::run::one(&row, &view)),
            Format::Json => anstream::println!("{}", render::run::one_json(&row, &view).to_json_pretty()),
        }
    }
    assembled.stop().await;
    Ok(if one.end.status == Status::Succeeded {
        Exit::Success
    } else {
        Exit::RunFailed
    })
}

/// A saved event with nothing to find would show little: the sandbox gets the referral the story begins with.
async fn first_referral(base: &str, credentials: &sandbox::Credentials) -> Result<(), Failure> {
    let script = Script::co_sell().map_err(|error| Failure::unforeseen(error.to_string()))?;
    let mut player = Player::new(base, credentials)
        .await
        .map_err(Failure::unforeseen)?;
    if let Some(step) = script.steps.first() {
        player.play(step).await.map_err(Failure::unforeseen)?;
    }
    Ok(())
}

fn event(file: &Path) -> Result<Value, Failure> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::asked(
            format!("the event `{shown}` cannot be read: {error}"),
            "name a JSON file with the trigger's body",
        )
    })?;
    Value::from_json(&text).map_err(|error| {
        Failure::asked(
            format!("the event `{shown}` is {error}"),
            "an event is one JSON value",
        )
    })
}

/// `name=value`; a value that is JSON is that value, anything else is text.
fn inputs(given: &[String]) -> Result<Value, Failure> {
    let mut inputs = Map::new();
    for pair in given {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(Failure::asked(
                format!("`{pair}` is not NAME=VALUE"),
                "write --inputs crm_operation=get_details",
            ));
        };
        let value = Value::from_json(value).unwrap_or_else(|_| Value::from(value));
        inputs.insert(name.to_owned(), value);
    }
    Ok(Value::Object(inputs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_json_where_they_can_be() {
        let read = inputs(&[
            "a=1.10".into(),
            "b=text".into(),
            "c={\"d\":[true]}".into(),
            "e=x=y".into(),
        ])
        .unwrap();
        assert_eq!(
            read.to_json(),
            r#"{"a":1.10,"b":"text","c":{"d":[true]},"e":"x=y"}"#
        );
        assert!(inputs(&["nonsense".into()]).is_err());
    }
}
