//! The page about the flows names every flow, every mapping and every environment variable as it is.

use serde_json::Value;

#[test]
fn every_flow_and_mapping_is_linked() {
    let page = harness::text("flows/README.md");
    for path in harness::yaml_files("flows")
        .into_iter()
        .chain(harness::yaml_files("flows/mappings"))
    {
        let link = format!("]({})", path.trim_start_matches("flows/"));
        assert!(page.contains(&link), "{path} is not linked");
        if path != "flows/solution.yaml" && !path.contains("/mappings/") {
            let flow = harness::yaml_as_json(&harness::text(&path));
            let name = flow["name"].as_str().expect("a flow has a name");
            let shown = name.replace('[', r"\[").replace(']', r"\]");
            assert!(page.contains(&format!("[{shown}{link}")), "{name} is not named");
        }
    }
}

#[test]
fn every_environment_variable_is_shown_as_it_is() {
    let page = harness::text("flows/README.md");
    let solution = harness::yaml_as_json(&harness::text("flows/solution.yaml"));
    let variables = solution["environment"].as_object().expect("variables by name");
    for (name, variable) in variables {
        let text = |key: &str| variable[key].as_str().unwrap_or_default();
        let shown = if text("display_name").is_empty() {
            String::new()
        } else {
            format!("{} ", text("display_name"))
        };
        let default = match &variable["default"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let row = format!("| `{name}` | {shown}| {} | `{default}` |", text("type"));
        assert!(page.contains(&row), "no row {row}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, variables.len(), "a row of the page is no variable");
}
