//! The socket on its own: who gets in, what a bad client can do, what stays behind.

use std::os::unix::fs::PermissionsExt;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::oneshot;

use super::*;

/// A daemon that answers a request with itself, until the sender is dropped.
fn echo(folder: &Path) -> (oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let socket = Socket::bind(folder).expect("binds");
    let (stop, stopped) = oneshot::channel::<()>();
    let handler = |request: String, told: Told| async move {
        drop(told.send(Some("half".to_owned())));
        tokio::task::yield_now().await;
        let lines = vec![request.trim_end().to_owned(), "second\nand third".to_owned()];
        Answer { lines, end: End { exit: 6, message: Some("held".into()), hint: None } }
    };
    (stop, tokio::spawn(serve(socket, handler, async { drop(stopped.await) })))
}

#[tokio::test]
async fn socket_answers_with_lines_and_an_end_and_is_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (stop, served) = echo(folder.path());
    let mode = std::fs::metadata(path(folder.path())).expect("stands").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut lines = Vec::new();
    let mut told = Vec::new();
    let keep = |line| {
        lines.push(line);
        true
    };
    let end = ask(folder.path(), "{\"a\":1}", keep, |text| told.push(text));
    assert_eq!(end.await.expect("answers"), End { exit: 6, message: Some("held".into()), hint: None });
    assert_eq!(lines, ["{\"a\":1}", "second\nand third"]);
    assert_eq!(told, ["half"]);
    drop(stop);
    served.await.expect("ends");
    assert!(!path(folder.path()).exists());
    assert!(matches!(ask(folder.path(), "{}", |_| true, |_| {}).await, Err(AskError::NoDaemon)));
}

#[tokio::test]
async fn socket_left_by_a_killed_daemon_is_no_daemon_and_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(std::os::unix::net::UnixListener::bind(path(folder.path())).expect("binds"));
    assert!(matches!(ask(folder.path(), "{}", |_| true, |_| {}).await, Err(AskError::NoDaemon)));
    let (_stop, _served) = echo(folder.path());
    assert!(ask(folder.path(), "{}", |_| true, |_| {}).await.is_ok());
}

#[tokio::test]
async fn clients_that_hang_or_send_rubbish_keep_nobody_waiting() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_stop, _served) = echo(folder.path());
    let mut silent = Vec::new();
    for _ in 0..CLIENTS - 1 {
        silent.push(UnixStream::connect(path(folder.path())).await.expect("connects"));
    }
    let mut long = UnixStream::connect(path(folder.path())).await.expect("connects");
    let request = vec![b'x'; REQUEST_BYTES as usize + 1];
    drop(long.write_all(&request).await);
    let mut rest = Vec::new();
    drop(long.read_to_end(&mut rest).await);
    assert!(!rest.windows(5).any(|window| window == b"\"end\""), "too long a request has no answer");
    assert!(ask(folder.path(), "{}", |_| true, |_| {}).await.is_ok());
}
