//! What the help says can be typed.

use clap::{CommandFactory, Parser};

use super::Cli;

/// The commands that a help shows: what begins with `adsync`, up to the words beside it.
fn examples(help: &str) -> Vec<&str> {
    let lines = help.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| line.starts_with("adsync"));
    lines.map(|line| line.split_once("  ").map_or(line, |(command, _)| command)).collect()
}

#[test]
fn the_help_of_every_command_has_examples_and_all_of_them_can_be_typed() {
    let cli = Cli::command();
    let mut commands: Vec<&clap::Command> =
        cli.get_subcommands().filter(|command| command.get_name() != "help").collect();
    commands.push(&cli);
    for command in commands {
        let name = command.get_name();
        let help = command.get_after_help().unwrap_or_else(|| panic!("{name} has no examples")).to_string();
        let examples = examples(&help);
        assert!(!examples.is_empty(), "{name}: {help}");
        for example in examples {
            assert!(name == "adsync" || example.contains(name), "{name}: {example}");
            if let Err(error) = Cli::try_parse_from(example.split(' ')) {
                panic!("{example}: {error}");
            }
        }
    }
}
