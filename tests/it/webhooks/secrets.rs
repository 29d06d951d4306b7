//! What nobody gets to see, and where nothing is sent.

use std::io;
use std::sync::{Arc, Mutex};

use tidings::clock::now;
use tidings::delivery::verdict;
use tidings::model::target::SecretRef;
use tidings::notify::{Sender, senders};

use super::sample::{BASE, SECRET, client, new, sender, target};
use crate::support::{Receiver, Say};

/// Parts of the address that are secrets.
const PARTS: [&str; 4] = ["s3cretpath", "s3cretquery", "T0%2F", "/T0/"];

/// Another, which is told otherwise once it is read.
const SIGNATURE: &str = "s3cret%2Fsignature%3D";

fn secret_url(scheme: &str, host: &str) -> String {
    format!("{scheme}://{host}/T0/s3cretpath?key=s3cretquery&sig={SIGNATURE}")
}

/// Where the log goes during a test.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn f132_no_error_reason_or_log_line_shows_a_secret_whatever_the_receiver_does() {
    let log = Log::default();
    let lines = log.clone();
    // For the whole process, because some of these write through another crate, whose log is passed on only then.
    let wanted = ["reqwest", "hyper", "hyper_util", "rustls", "h2", "tidings::net", "tidings::notify"];
    let filter = wanted.map(|name| format!("{name}=trace")).join(",");
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(format!("off,{filter}")))
        .with_writer(move || lines.clone());
    assert!(subscriber.try_init().is_ok(), "somebody else writes the log");
    let key = SECRET.trim_start_matches("whsec_");
    let echo = format!(
        "no {key}, no hook s3cretpath, {SECRET}, key=s3cretquery&sig={SIGNATURE}, \
         POST /T0/s3cretpath, url=%2FT0%2Fs3cretpath, {{\"url\":\"\\/T0\\/s3cretpath\"}}"
    );
    let mut seen = String::new();
    for (scheme, say) in [
        ("http", Say::answer("404 x", "", &echo)),
        ("http", Say::answer("500 x", "Content-Type: application/json\r\n", &echo)),
        ("http", Say::answer("301 x", "Location: https://example.org/s3cretpath\r\n", "")),
        ("http", Say::Reset),
        ("http", Say::Bytes(b"rubbish".to_vec())),
        ("http", Say::Stall(Vec::new())),
        ("https", Say::Reset),
    ] {
        let receiver = Receiver::new(&[say]);
        let sender = sender(&secret_url(scheme, &receiver.host()));
        let sent = sender.send(&new("Logs"), BASE, now()).await;
        let judged = verdict(&sent, 8, now(), 0.5);
        seen.push_str(&format!("{sender:?}\n{}\n{sent:?}\n{judged:?}\n", sender.origin()));
    }
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("starting new connection"), "the client's own log is not looked at: {log}");
    seen.push_str(&log);
    assert!(seen.contains("the receiver answered 404") && seen.contains("127.0.0.1"), "{seen}");
    for part in PARTS.iter().chain(&[key, SIGNATURE, "s3cret/signature="]) {
        assert!(!seen.contains(part), "{part} in {seen}");
    }
}

#[test]
fn f132_faults_of_targets_are_told_all_at_once_and_show_no_secret() {
    let mut unset = target("https://example.org/s3cretpath#s3cretquery", &["whsec_s3cretword", "s3cretuser"]);
    let tidings::model::target::Way::Generic { secrets, .. } = &mut unset.way else { panic!("generic") };
    secrets.push(SecretRef::Env("TIDINGS_TEST_SURELY_UNSET".into()));
    let named = target("https://s3cretuser:s3cretword@example.org/", &[SECRET]);
    let specs = [unset, target("s3cretpath", &[SECRET]), named, target("http://127.0.0.1:1/", &[SECRET])];
    let mut faults: Vec<String> =
        senders(&specs, &client()).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(faults.len(), 6, "{faults:#?}");
    assert!(faults.iter().all(|fault| fault.starts_with("target `team`, `")), "{faults:#?}");
    let mut inside = target("http://127.0.0.1:1/s3cretpath", &[SECRET]);
    inside.allow_private = false;
    faults.extend(Sender::new(&inside, client()).unwrap_err().iter().map(ToString::to_string));
    let told = faults.join("\n");
    for expected in [
        "has a fragment",
        "holds a user name or a password",
        "is not base64",
        "does not begin with `whsec_`",
        "`TIDINGS_TEST_SURELY_UNSET` is not set",
        "does not begin with `https://`",
        "set `allow_private = true`",
    ] {
        assert!(told.contains(expected), "no {expected:?} in {told}");
    }
    assert!(!told.contains("s3cret"), "{told}");
}

#[tokio::test]
async fn f041_a_target_on_this_machine_is_refused_in_any_form_unless_it_may_be_there() {
    let receiver = Receiver::new(&[Say::answer("200 OK", "", "")]);
    let port = receiver.host().rsplit(':').next().unwrap().to_owned();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "localhost",
    ] {
        let mut spec = target(&format!("http://{host}:{port}/"), &[SECRET]);
        spec.allow_private = false;
        let faults = Sender::new(&spec, client()).unwrap_err();
        assert!(faults[0].to_string().contains("allow_private = true"), "{host}: {}", faults[0]);
    }
    assert!(receiver.got().is_empty());
    let sent = sender(&format!("http://localhost:{port}/")).send(&new("Logs"), BASE, now()).await.unwrap();
    assert_eq!((sent.status, receiver.got().len()), (200, 1));
}
