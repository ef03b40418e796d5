//! As much of Prometheus's language as it takes to see what an expression asks for.

/// The labels that a metric is chosen by; the value where it has to be just that.
pub(crate) type Matchers = Vec<(String, Option<String>)>;

/// What an expression asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Question {
    /// The metrics, each with the labels that it is chosen by.
    pub(crate) metrics: Vec<(String, Matchers)>,
    /// The labels that are grouped or joined by, but the histogram's own.
    pub(crate) groups: Vec<String>,
}

const FUNCTIONS: [&str; 10] =
    ["absent", "histogram_quantile", "increase", "max", "min", "rate", "sum", "time", "count", "avg"];
const GROUPING: [&str; 4] = ["by", "without", "on", "ignoring"];
const OPERATORS: [&str; 3] = ["and", "or", "unless"];

/// Reads an expression, or says what is wrong with it.
pub(crate) fn parse(expression: &str) -> Result<Question, String> {
    let mut question = Question::default();
    let mut rest = expression.trim_start();
    let mut open = Vec::new();
    while let Some(first) = rest.chars().next() {
        if first.is_alphabetic() || first == '_' {
            let word = word(rest);
            rest = rest.split_at(word.len()).1.trim_start();
            if GROUPING.contains(&word) {
                let (labels, after) = inside(rest, '(', ')')?;
                rest = after;
                let labels = labels.split(',').map(|label| label.trim().to_owned());
                question.groups.extend(labels.filter(|label| label != "le"));
            } else if rest.starts_with('(') && !OPERATORS.contains(&word) {
                if !FUNCTIONS.contains(&word) {
                    return Err(format!("there is no function {word}"));
                }
            } else if !OPERATORS.contains(&word) && !FUNCTIONS.contains(&word) {
                let mut matchers = Vec::new();
                if rest.starts_with('{') {
                    let (text, after) = inside(rest, '{', '}')?;
                    rest = after;
                    matchers = self::matchers(text)?;
                }
                if rest.starts_with('[') {
                    let (range, after) = inside(rest, '[', ']')?;
                    rest = after;
                    duration(range)?;
                }
                question.metrics.push((word.to_owned(), matchers));
            }
        } else {
            match first {
                '(' => open.push(first),
                ')' => drop(open.pop().ok_or("a bracket closes that was not opened")?),
                '0'..='9' | '.' | '+' | '-' | '*' | '/' | '>' | '<' | '=' | '!' | ',' => {}
                other => return Err(format!("{other} has no meaning here")),
            }
            rest = rest.split_at(first.len_utf8()).1;
        }
        rest = rest.trim_start();
    }
    if open.is_empty() { Ok(question) } else { Err("a bracket is not closed".to_owned()) }
}

fn word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    text.split_at(end).0
}

/// What stands between two brackets at the beginning, and what follows.
fn inside(text: &str, from: char, to: char) -> Result<(&str, &str), String> {
    let text = text.strip_prefix(from).ok_or(format!("{from} is missing"))?;
    text.split_once(to).ok_or(format!("{from} is not closed"))
}

fn matchers(text: &str) -> Result<Matchers, String> {
    text.split(',')
        .map(|pair| {
            let label = word(pair.trim());
            let rest = pair.trim().split_at(label.len()).1;
            let operator = ["=~", "!~", "!=", "="].into_iter().find(|operator| rest.starts_with(operator));
            let operator = operator.ok_or(format!("{pair} is no matcher"))?;
            let value = rest.split_at(operator.len()).1.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            let value = value.ok_or(format!("{pair} has no value in quotation marks"))?;
            Ok((label.to_owned(), Some(value.to_owned()).filter(|_| operator == "=")))
        })
        .collect()
}

fn duration(text: &str) -> Result<(), String> {
    let digits = text.trim_end_matches(['s', 'm', 'h', 'd', 'w']);
    let is_duration = text.len() == digits.len() + 1 && digits.parse::<u32>().is_ok_and(|count| count > 0);
    if is_duration { Ok(()) } else { Err(format!("[{text}] is no duration")) }
}
