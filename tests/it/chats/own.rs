//! Messages in the operator's own words.

use super::service::Service;
use super::world::World;

/// Words that fail for one article alone.
const KEYS: &str = r#"
template = """
<{{ url }}|{{ title }}> by {{ source }}
{% if title == "The odd one" %}
{{ tags.first.of.all }}
{% endif %}"""
summary_template = { file = "summary.txt" }
burst = 2
"#;

#[test]
fn own_words_reach_a_chat_and_one_that_fails_costs_no_message() {
    let service = Service::new("slack");
    let mut world = World::of(&service, "");
    std::fs::write(world.home.path("summary.txt"), "{{ count }} of them, such as {{ articles[0].title }}\n")
        .unwrap();
    world.target(&service.target(KEYS));
    let text = |at: usize| service.taken()[at]["blocks"][0]["text"]["text"].as_str().unwrap().to_owned();
    world.add("Ways <!here> of *queues*");
    world.scan();
    let first = text(0);
    assert!(first.starts_with("<http://news.example/articles/"), "{first}");
    assert!(first.contains("|Ways &lt;!here&gt; of ") && first.ends_with("> by 21CTO"), "{first}");
    assert!(!first.contains("*queues*"), "{first}");
    let shown = world.home.expect(0, &["deliveries", "preview", "team"]);
    assert!(shown.contains("> by 21CTO"), "{shown}");
    let check = world.home.expect(0, &["check"]);
    assert!(check.contains("own words articles, summaries"), "{check}");
    // Words that fail.
    world.add("The odd one");
    let deliveries = world.scan();
    assert!(deliveries.iter().all(|one| one["state"] == "delivered"), "{deliveries:#?}");
    assert!(text(1).contains("The odd one>*\n"), "{}", text(1));
    let shown = world.home.expect(0, &["deliveries", "preview", "team"]);
    assert!(shown.contains("because a template fails: `template`, line 3: undefined value"), "{shown}");
    // Many at once.
    for n in 0..4 {
        world.add(&format!("One of many, number {n}"));
    }
    world.scan();
    assert!(text(2).starts_with("4 of them, such as One of many"), "{}", text(2));
    world.home.expect(0, &["target", "test", "team"]);
    assert!(text(3).contains("|A test message from tidings> by tidings"), "{}", text(3));
    // What is wrong with a template is told with its place, and nothing is sent by such a config.
    world.target(&service.target("template = \"{{ titel }}\""));
    let refused = world.home.run(&["check"]);
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    let told = String::from_utf8(refused.stdout).unwrap();
    assert!(told.contains("`titel` is no name of a fact"), "{told}");
}
