//! Messages by mail, to a server that speaks as RFC 5321 says.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::world::World;

const PASSWORD: &str = "xyzzyplugh1";

/// A mail as it came.
#[derive(Clone, Debug)]
struct Mail {
    from: String,
    to: Vec<String>,
    text: String,
    login: Option<String>,
}

/// A mail server that listens until the test ends.
struct Server {
    address: SocketAddr,
    mails: Arc<Mutex<Vec<Mail>>>,
    /// What it says to the text of a mail.
    says: Arc<Mutex<&'static str>>,
}

impl Server {
    fn new(login: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (mails, says): (Arc<Mutex<Vec<Mail>>>, _) =
            (Arc::default(), Arc::new(Mutex::new("250 2.0.0 queued")));
        let (log, words) = (Arc::clone(&mails), Arc::clone(&says));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, words) = (Arc::clone(&log), Arc::clone(&words));
                std::thread::spawn(move || serve(&stream, login, &log, &words));
            }
        });
        Self { address, mails, says }
    }

    fn target(&self, more: &str) -> String {
        format!(
            "\n[[target]]\nid = \"team\"\nkind = \"email\"\nurl = \"smtp://{}\"\nfrom = \"Größe <news@example.org>\"\n\
             to = [\"a@example.org\", \"Team <b@example.org>\"]\nallow_private = true\n{more}\n",
            self.address
        )
    }

    fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }
}

/// One connection; it ends where the client breaks the order.
fn serve(stream: &TcpStream, login: bool, log: &Mutex<Vec<Mail>>, says: &Mutex<&'static str>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut out = stream;
    let mut say = |text: &str| out.write_all(format!("{text}\r\n").as_bytes()).ok();
    let mut mail = Mail { from: String::new(), to: Vec::new(), text: String::new(), login: None };
    say("220 mail.example.org ESMTP")?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.strip_suffix("\r\n")?.to_owned();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" if login => say("250-mail.example.org\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN")?,
            "EHLO" => say("250-mail.example.org\r\n250 8BITMIME")?,
            "AUTH" => {
                let given = line.split(' ').nth(2).unwrap_or_default();
                let text = String::from_utf8(STANDARD.decode(given).ok()?).ok()?;
                if text == format!("\0me\0{PASSWORD}") {
                    mail.login = Some(text);
                    say("235 2.7.0 welcome")?;
                } else {
                    say(&format!("535 5.7.8 no: AUTH PLAIN {given} is {text}"))?;
                }
            }
            "MAIL" if login && mail.login.is_none() => say("530 5.7.0 log in first")?,
            "MAIL" => {
                line.clone_into(&mut mail.from);
                say("250 ok")?;
            }
            "RCPT" => {
                mail.to.push(line);
                say("250 ok")?;
            }
            "DATA" => {
                say("354 go on")?;
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
                    assert!(line.ends_with("\r\n") && line.len() <= 1_000, "a line as RFC 5321 bounds it");
                    if line == ".\r\n" {
                        break;
                    }
                    mail.text.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                let words = *says.lock().unwrap();
                if words.starts_with('2') {
                    log.lock().unwrap().push(mail.clone());
                }
                say(words)?;
            }
            "QUIT" => {
                say("221 bye")?;
                return None;
            }
            _ => say("250 ok")?,
        }
    }
}

fn header<'m>(mail: &'m Mail, name: &str) -> Vec<&'m str> {
    let head = mail.text.split("\r\n\r\n").next().unwrap();
    head.lines().filter_map(|line| line.strip_prefix(&format!("{name}: "))).collect()
}

#[test]
fn f131_a_scan_is_told_by_mail_and_no_title_becomes_a_header() {
    let server = Server::new(false);
    let mut world = World::new(&server.target(""));
    world.add("Größe 👨‍👩‍👧 <b>loud</b> & [x](javascript:1) Bcc: evil@example.org");
    let deliveries = world.scan();
    assert_eq!(deliveries[0]["state"], "delivered", "{deliveries:#?}");
    let mails = server.mails();
    let [mail] = mails.as_slice() else { panic!("{mails:#?}") };
    assert!(mail.from.starts_with("MAIL FROM:<news@example.org>"), "{}", mail.from);
    assert_eq!(mail.to, ["RCPT TO:<a@example.org>", "RCPT TO:<b@example.org>"]);
    let id = format!("<{}@example.org>", deliveries[0]["id"].as_str().unwrap());
    assert_eq!(header(mail, "Message-ID"), [id.as_str()]);
    assert_eq!(header(mail, "Auto-Submitted"), ["auto-generated"]);
    assert_eq!(
        (header(mail, "Bcc").len(), header(mail, "Subject").len(), header(mail, "Date").len()),
        (0, 1, 1)
    );
    assert!(header(mail, "Subject")[0].starts_with("=?utf-8?b?"), "{}", mail.text);
    for expected in ["multipart/alternative", "text/plain; charset=utf-8", "text/html; charset=utf-8"] {
        assert!(mail.text.contains(expected), "{expected}: {}", mail.text);
    }
    // The same again is the same, byte for byte.
    world.home.expect(0, &["deliveries", "replay", "--since", "1h"]);
    let mails = server.mails();
    assert_eq!((mails.len(), &mails[0].text), (2, &mails[1].text));
    let shown = world.home.expect(0, &["deliveries", "preview", "team", "--message", "health"]);
    assert!(shown.contains("Message-ID: <") && shown.contains("To: a@example.org"), "{shown}");
}

#[test]
fn f123_what_a_mail_server_refuses_is_tried_again_and_told_in_its_words() {
    let server = Server::new(false);
    let mut world = World::new(&server.target(""));
    *server.says.lock().unwrap() = "452 4.2.2 the mailbox is full";
    world.add("One that comes to a full mailbox and waits there");
    let waiting = world.scan();
    let trouble = waiting[0]["trouble"].as_str().unwrap();
    assert!(
        trouble.starts_with("the mail server answered 452: \"") && trouble.contains("mailbox is full"),
        "{trouble}"
    );
    assert_eq!((&waiting[0]["state"], &waiting[0]["tries"]), (&"waiting".into(), &1.into()));
    *server.says.lock().unwrap() = "552 5.3.4 message too big for system";
    world.home.expect(0, &["deliveries", "retry", "--target", "team", "--state", "waiting"]);
    assert_eq!(world.deliveries()[0]["state"], "dead");
    *server.says.lock().unwrap() = "250 2.0.0 queued";
    world.home.expect(0, &["deliveries", "retry", "--target", "team"]);
    assert_eq!((world.deliveries()[0]["state"].as_str(), server.mails().len()), (Some("delivered"), 1));
    drop(world);
    // Nobody there, and somebody who speaks otherwise.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let world = World::new(&server.target("").replace(&server.address.to_string(), &gone.to_string()));
    let output = world.home.run(&["target", "test", "team"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains(&format!("smtp://{gone} took no mail")), "{said}");
    // Where TLS must come first, plain words are none.
    let world = World::new(&server.target("").replace("smtp://", "smtps://"));
    let output = world.home.run(&["target", "test", "team"]);
    assert_eq!((output.status.code(), server.mails().len()), (Some(6), 1), "{output:?}");
}

#[test]
fn f132_a_login_is_given_and_shown_to_nobody() {
    let server = Server::new(true);
    let good = format!("user = \"me\"\npassword = \"{PASSWORD}\"");
    let world = World::new(&server.target(&good));
    world.home.expect(0, &["target", "test", "team"]);
    assert_eq!(server.mails().len(), 1);
    // One that is wrong comes back, as it was sent and read.
    let wrong = format!("user = \"you\"\npassword = \"{PASSWORD}\"");
    world.target(&server.target(&wrong));
    let commands: [&[&str]; 4] = [
        &["target", "test", "team"],
        &["target", "test", "team", "--json"],
        &["deliveries", "preview", "team"],
        &["check"],
    ];
    let sent = STANDARD.encode(format!("\0you\0{PASSWORD}"));
    for arguments in commands {
        let output = world.home.command(arguments).env("TIDINGS_LOG", "trace").output().unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if arguments[0] == "target" {
            assert!(text.contains("check the target's `user` and `password`"), "{text}");
        }
        assert!(!text.contains(PASSWORD) && !text.contains(&sent), "{arguments:?}: {text}");
    }
}
