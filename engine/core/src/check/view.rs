//! What rules look at: every flow with its actions by name, who runs after whom, and every place an expression stands.

use std::collections::HashMap;

use connector_api::{Shape, Value};

use crate::catalog::Catalog;
use crate::document::decode::listed;
use crate::expression::{Expression, PathStep, Reference, Template};
use crate::flow::{Action, ActionKind, Block, Flow, Status, TriggerKind};
use crate::solution::{Loaded, Solution};
use crate::source::{FileId, Span, Spanned};

/// Everything a rule may look at.
pub(super) struct View<'s> {
    pub(super) solution: &'s Solution,
    pub(super) catalog: &'s Catalog,
    /// What was loaded, for what could not be read.
    pub(super) loaded: &'s Loaded,
    pub(super) flows: Vec<FlowView<'s>>,
}

/// One flow.
pub(super) struct FlowView<'s> {
    pub(super) flow: &'s Flow,
    /// Every action, a container before what is in it.
    pub(super) actions: Vec<Placed<'s>>,
    /// The members of every block, in the order written; the first block is the flow's own.
    pub(super) blocks: Vec<Vec<usize>>,
    /// The members of every block in an order in which they can run; those on a cycle are left out.
    pub(super) orders: Vec<Vec<usize>>,
    by_name: HashMap<&'s str, usize>,
    /// For every action, the siblings that have certainly ended before it, as bits by position in the block.
    before: Vec<Vec<u64>>,
}

/// An action where it stands.
pub(super) struct Placed<'s> {
    pub(super) action: &'s Action,
    /// The action whose block it stands in.
    pub(super) parent: Option<usize>,
    pub(super) block: usize,
    /// Its position in the block.
    pub(super) position: usize,
    /// Whether a sibling waits for it.
    pub(super) awaited: bool,
    /// The siblings it waits for; those it names that do not exist are left out.
    pub(super) after: Vec<After<'s>>,
}

/// One sibling an action waits for.
pub(super) struct After<'s> {
    pub(super) sibling: usize,
    pub(super) statuses: &'s [Status],
    /// Where it is named; `None` when it is the action written above.
    pub(super) named: Option<Span>,
}

/// A place where a template stands.
#[derive(Clone, Copy)]
pub(super) struct Site<'s> {
    pub(super) template: &'s Template,
    pub(super) at: At,
    /// Names in sight here and nowhere else: `item` of a data operation, the sides of a mapping.
    pub(super) extra: Extra,
}

/// Whose template it is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum At {
    /// The trigger's, before there is a run.
    Trigger,
    /// An action's, before it starts.
    Action(usize),
    /// A loop's, after each of its iterations.
    AfterBody(usize),
}

/// Names in sight at one place only.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Extra {
    None,
    Item,
    Sides,
}

/// Inputs that a connector describes.
pub(super) struct Given<'s> {
    pub(super) connection: &'s str,
    pub(super) inputs: &'s Template,
    pub(super) shape: &'s Shape,
    /// The action that evaluates them; `None` for the trigger.
    pub(super) reader: Option<usize>,
}

/// A reference where it stands.
pub(super) struct Mention<'s> {
    pub(super) at: At,
    pub(super) extra: Extra,
    pub(super) expression: &'s Expression,
    pub(super) reference: &'s Reference,
}

const SUCCEEDED: &[Status] = &[Status::Succeeded];

impl<'s> View<'s> {
    pub(super) fn new(loaded: &'s Loaded, catalog: &'s Catalog) -> Self {
        Self {
            solution: &loaded.solution,
            catalog,
            loaded,
            flows: loaded.solution.flows.values().map(FlowView::new).collect(),
        }
    }

    /// Whether parts of a file could not be read, so that what is absent there proves nothing.
    pub(super) fn is_broken(&self, span: Span) -> bool {
        self.loaded.left_out.contains_key(&span.file)
    }

    /// Whether a name that seems to be missing may be declared in a part of the file that could not be read.
    pub(super) fn may_declare(&self, file: FileId, name: &str) -> bool {
        let text = &self.loaded.sources.file(file).text;
        let parts = self.loaded.left_out.get(&file).into_iter().flatten();
        parts
            .filter_map(|part| text.get(part.start..part.end))
            .any(|part| part.contains(name))
    }

    /// The same of the manifest; a missing manifest might declare anything.
    pub(super) fn manifest_may_declare(&self, name: &str) -> bool {
        self.loaded
            .manifest
            .is_none_or(|file| self.may_declare(file, name))
    }

    /// Whether a flow or mapping of that name has a file that could not be read.
    pub(super) fn is_unread(&self, name: &str) -> bool {
        self.loaded.unread.contains(name)
    }

    pub(super) fn flow(&self, id: &str) -> Option<&FlowView<'s>> {
        self.flows.iter().find(|view| view.flow.id == id)
    }
}

impl<'s> FlowView<'s> {
    fn new(flow: &'s Flow) -> Self {
        let mut view = Self {
            flow,
            actions: Vec::new(),
            blocks: Vec::new(),
            orders: Vec::new(),
            by_name: HashMap::new(),
            before: Vec::new(),
        };
        view.add(&flow.actions, None);
        view.before = vec![Vec::new(); view.actions.len()];
        for block in 0..view.blocks.len() {
            view.order(block);
        }
        view
    }

    fn add(&mut self, block: &'s Block, parent: Option<usize>) {
        let index = self.blocks.len();
        self.blocks.push(Vec::new());
        let mut members = Vec::with_capacity(block.actions.len());
        for (position, action) in block.actions.iter().enumerate() {
            let member = self.actions.len();
            members.push(member);
            self.by_name.entry(&action.name.value).or_insert(member);
            self.actions.push(Placed {
                action,
                parent,
                block: index,
                position,
                awaited: false,
                after: Vec::new(),
            });
            for inner in action.blocks() {
                self.add(inner, Some(member));
            }
        }
        let mut positions: HashMap<&str, usize> = HashMap::new();
        for (position, action) in block.actions.iter().enumerate() {
            positions.entry(&action.name.value).or_insert(position);
        }
        for (position, action) in block.actions.iter().enumerate() {
            let after: Vec<After<'s>> = match (&action.run_after, position.checked_sub(1)) {
                (Some(run_after), _) => run_after
                    .predecessors
                    .iter()
                    .filter_map(|predecessor| {
                        let sibling = positions.get(predecessor.name.value.as_str())?;
                        Some(After {
                            sibling: members[*sibling],
                            statuses: &predecessor.statuses,
                            named: Some(predecessor.name.span),
                        })
                    })
                    .collect(),
                (None, Some(above)) => vec![After {
                    sibling: members[above],
                    statuses: SUCCEEDED,
                    named: None,
                }],
                (None, None) => Vec::new(),
            };
            for after in &after {
                self.actions[after.sibling].awaited = true;
            }
            self.actions[members[position]].after = after;
        }
        self.blocks[index] = members;
    }

    /// Finds who has certainly ended before whom in one block. Actions on a cycle never start: nothing is before them.
    fn order(&mut self, block: usize) {
        let members = self.blocks[block].clone();
        let mut waiting: Vec<usize> = members
            .iter()
            .map(|member| self.actions[*member].after.len())
            .collect();
        let mut successors = vec![Vec::new(); members.len()];
        for (position, member) in members.iter().enumerate() {
            for after in &self.actions[*member].after {
                successors[self.actions[after.sibling].position].push(position);
            }
        }
        let mut free: Vec<usize> = (0..members.len())
            .filter(|position| waiting[*position] == 0)
            .collect();
        let mut order = Vec::with_capacity(members.len());
        while let Some(position) = free.pop() {
            order.push(members[position]);
            let mut bits = vec![0_u64; members.len().div_ceil(64)];
            for after in &self.actions[members[position]].after {
                let sibling = self.actions[after.sibling].position;
                bits[sibling / 64] |= 1 << (sibling % 64);
                for (word, earlier) in bits.iter_mut().zip(&self.before[after.sibling]) {
                    *word |= earlier;
                }
            }
            self.before[members[position]] = bits;
            for successor in &successors[position] {
                waiting[*successor] -= 1;
                if waiting[*successor] == 0 {
                    free.push(*successor);
                }
            }
        }
        self.orders.push(order);
    }

    /// The action of that name; the first one where a name was used twice.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The names of all actions.
    pub(super) fn names(&self) -> impl Iterator<Item = &'s str> + '_ {
        self.by_name.keys().copied()
    }

    /// Whether `sibling` has certainly ended when `action` of the same block starts.
    pub(super) fn is_before(&self, sibling: usize, action: usize) -> bool {
        let position = self.actions[sibling].position;
        self.before[action]
            .get(position / 64)
            .is_some_and(|word| word & (1 << (position % 64)) != 0)
    }

    /// An action and the actions around it, innermost first.
    pub(super) fn chain(&self, action: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(action), |at| self.actions[*at].parent)
    }

    /// The loops around an action, innermost first.
    pub(super) fn loops(&self, action: usize) -> impl Iterator<Item = usize> + '_ {
        self.chain(action).skip(1).filter(|around| {
            matches!(
                self.actions[*around].action.kind,
                ActionKind::ForEach { .. } | ActionKind::Until { .. }
            )
        })
    }

    /// Whether `inner` stands somewhere inside `outer`.
    pub(super) fn is_inside(&self, inner: usize, outer: usize) -> bool {
        self.chain(inner).skip(1).any(|around| around == outer)
    }

    /// The ancestors of two actions (or they themselves) that stand in one block.
    pub(super) fn siblings(&self, left: usize, right: usize) -> Option<(usize, usize)> {
        self.chain(left).find_map(|left| {
            self.chain(right)
                .find(|right| self.actions[*right].block == self.actions[left].block)
                .map(|right| (left, right))
        })
    }

    /// Whether what `target` gives is certain to be there at a place: it has ended, or was skipped.
    pub(super) fn has_ended(&self, target: usize, at: At) -> bool {
        match at {
            At::Trigger => false,
            At::AfterBody(around) if self.is_inside(target, around) => true,
            At::Action(reader) | At::AfterBody(reader) => self
                .siblings(target, reader)
                .is_some_and(|(target, reader)| target != reader && self.is_before(target, reader)),
        }
    }

    /// Every place of the flow where a template stands.
    pub(super) fn sites(&self) -> Vec<Site<'s>> {
        let mut sites = Vec::new();
        let trigger = &self.flow.trigger;
        let at_trigger = [
            trigger.when.as_ref(),
            trigger.split_on.as_ref(),
            trigger
                .concurrency
                .as_ref()
                .and_then(|concurrency| concurrency.key.as_ref()),
            trigger.dedupe.as_ref().map(|dedupe| &dedupe.key),
            match &trigger.kind {
                TriggerKind::Poll { inputs, .. } => Some(inputs),
                _ => None,
            },
        ];
        sites.extend(at_trigger.into_iter().flatten().map(|template| Site {
            template,
            at: At::Trigger,
            extra: Extra::None,
        }));
        for (index, placed) in self.actions.iter().enumerate() {
            sites.extend(
                templates(&placed.action.kind)
                    .into_iter()
                    .map(|(template, extra)| Site {
                        template,
                        at: At::Action(index),
                        extra,
                    }),
            );
            if let ActionKind::Until { condition, .. } = &placed.action.kind {
                sites.push(Site {
                    template: condition,
                    at: At::AfterBody(index),
                    extra: Extra::None,
                });
            }
        }
        sites
    }

    /// The inputs of the trigger and of every operation that connectors describe.
    pub(super) fn given(&self, catalog: &'s Catalog) -> Vec<Given<'s>> {
        let mut all = Vec::new();
        if let TriggerKind::Poll {
            connection,
            trigger,
            inputs,
            ..
        } = &self.flow.trigger.kind
            && let Some(found) = catalog.trigger(&connection.value, &trigger.value)
        {
            all.push(Given {
                connection: &connection.value,
                inputs,
                shape: &found.inputs,
                reader: None,
            });
        }
        for (index, placed) in self.actions.iter().enumerate() {
            if let ActionKind::Operation {
                connection,
                operation,
                inputs,
            } = &placed.action.kind
                && let Some(found) = catalog.operation(&connection.value, &operation.value)
            {
                all.push(Given {
                    connection: &connection.value,
                    inputs,
                    shape: &found.inputs,
                    reader: Some(index),
                });
            }
        }
        all
    }

    /// Whether an action waits, directly or not, for actions that wait for each other.
    pub(super) fn never_starts(&self, action: usize) -> bool {
        !self.orders[self.actions[action].block].contains(&action)
    }

    /// Every reference of the flow.
    pub(super) fn mentions(&self) -> Vec<Mention<'s>> {
        let mut mentions = Vec::new();
        for site in self.sites() {
            for expression in site.template.expressions() {
                mentions.extend(expression.references.iter().map(|reference| Mention {
                    at: site.at,
                    extra: site.extra,
                    expression,
                    reference,
                }));
            }
        }
        mentions
    }

    /// The references to actions that exist: who, and what of it.
    pub(super) fn action_mentions(&self) -> Vec<(Mention<'s>, usize, &'s [PathStep])> {
        self.mentions()
            .into_iter()
            .filter_map(|mention| {
                let (name, rest) = mention.reference.action()?;
                Some((self.find(name)?, rest, mention))
            })
            .map(|(index, rest, mention)| (mention, index, rest))
            .collect()
    }
}

impl Mention<'_> {
    pub(super) fn span(&self) -> Span {
        self.expression.place(&self.reference.range)
    }

    /// The action whose template it is, where it is one's.
    pub(super) fn reader(&self) -> Option<usize> {
        match self.at {
            At::Trigger => None,
            At::Action(reader) | At::AfterBody(reader) => Some(reader),
        }
    }
}

impl Reference {
    /// The action a path starts at, and what follows.
    pub(super) fn action(&self) -> Option<(&str, &[PathStep])> {
        if self.root != "actions" {
            return None;
        }
        match self.path.split_first() {
            Some((PathStep::Member(name), rest)) => Some((name, rest)),
            _ => None,
        }
    }

    /// The first member after the root.
    pub(super) fn member(&self) -> Option<&str> {
        match self.path.first() {
            Some(PathStep::Member(name)) => Some(name),
            _ => None,
        }
    }
}

/// The templates an action evaluates before it starts.
fn templates(kind: &ActionKind) -> Vec<(&Template, Extra)> {
    let plain = |template| (template, Extra::None);
    match kind {
        ActionKind::Operation { inputs, .. }
        | ActionKind::Http { inputs }
        | ActionKind::Compose { inputs }
        | ActionKind::RunFlow { inputs, .. }
        | ActionKind::LinksGet { inputs }
        | ActionKind::LinksSave { inputs } => vec![plain(inputs)],
        ActionKind::If { condition, .. } => vec![plain(condition)],
        ActionKind::Switch { on, .. } => vec![plain(on)],
        ActionKind::ForEach { items, .. } => vec![plain(items)],
        ActionKind::Scope { .. } | ActionKind::Changeset { .. } | ActionKind::Until { .. } => Vec::new(),
        ActionKind::Map { from, fields, .. } => from
            .iter()
            .map(|(_, template)| plain(template))
            .chain(fields.iter().map(|(_, template)| (template, Extra::Sides)))
            .collect(),
        ActionKind::Diff { from, link, .. } => from
            .iter()
            .map(|(_, template)| plain(template))
            .chain(link.as_ref().map(plain))
            .collect(),
        ActionKind::Select { from, select } => vec![plain(from), (select, Extra::Item)],
        ActionKind::Filter { from, condition } => vec![plain(from), (condition, Extra::Item)],
        ActionKind::Join { from, separator } => vec![plain(from), plain(separator)],
        ActionKind::ParseJson { content, .. } => vec![plain(content)],
        ActionKind::SetVariable { value, .. } | ActionKind::AppendToVariable { value, .. } => {
            vec![plain(value)]
        }
        ActionKind::IncrementVariable { by, .. } => by.iter().map(plain).collect(),
        ActionKind::Response {
            status,
            headers,
            body,
        } => [status, headers, body].into_iter().flatten().map(plain).collect(),
        ActionKind::Delay { duration } => vec![plain(duration)],
        ActionKind::DelayUntil { timestamp } => vec![plain(timestamp)],
        ActionKind::Terminate { error, .. } => error.iter().map(plain).collect(),
    }
}

/// The names of a list of spanned names, for "known here" sentences; at most a dozen are shown.
pub(super) fn known<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN_MAX: usize = 12;
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    if names.is_empty() {
        return "there are none".to_owned();
    }
    if names.len() > SHOWN_MAX {
        let more = names.len() - SHOWN_MAX;
        return format!("{} and {more} more", listed(&names[..SHOWN_MAX]));
    }
    listed(&names)
}

/// "did you mean `x`?", or what there is.
pub(super) fn meant<'a>(name: &str, names: impl IntoIterator<Item = &'a str>, what: &str) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match crate::diagnostic::nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => format!("there are no {what}"),
        None => format!("{what} are {}", known(names)),
    }
}

/// The value given for a key that is written out.
pub(super) fn member<'a>(pairs: &'a [(Template, Template)], name: &str) -> Option<&'a Template> {
    let found = pairs.iter().find(|(key, _)| literal_text(key) == Some(name));
    found.map(|(_, value)| value)
}

/// The texts of spanned names.
pub(super) fn texts<'a>(names: impl IntoIterator<Item = &'a Spanned<String>>) -> Vec<&'a str> {
    names.into_iter().map(|name| name.value.as_str()).collect()
}

/// The text of a template that is written out.
pub(super) fn literal_text(template: &Template) -> Option<&str> {
    template.as_literal().and_then(Value::as_str)
}
