//! The pace of a target is kept.

use super::*;

/// The seconds at which messages were tried, in their order.
fn begun_at<S: Store>(world: &World<S>) -> Vec<u64> {
    world.tried.lock().unwrap().iter().map(|(.., at)| *at).collect()
}

#[tokio::test(start_paused = true)]
async fn f126_the_pace_of_a_service_is_kept_over_a_reload_and_a_restart() {
    let mut world = World::new().await;
    world.news(45).await;
    let line = |world: &World| {
        let pace = vec![(1, Duration::from_secs(1)), (20, Duration::from_secs(60))];
        Line { pace, ..world.line("one", Duration::from_millis(300), taken) }
    };
    let mut drain = world.drain(vec![line(&world)]);
    pass(8).await;
    drain.replace(vec![line(&world)]);
    pass(5).await;
    drain.close(Duration::from_secs(5)).await;
    let drain = world.drain(vec![line(&world)]);
    pass(400).await;
    assert_eq!(world.count("one", "delivered").await, 45);
    let tried = begun_at(&world);
    assert_eq!(tried.len(), 45, "each was sent once");
    for (first, after) in tried.iter().zip(tried.iter().skip(1)) {
        assert!(after > first, "one a second: {tried:?}");
    }
    for (first, after) in tried.iter().zip(tried.iter().skip(20)) {
        assert!(after - first >= 60, "twenty a minute: {tried:?}");
    }
    assert!(*tried.last().unwrap() < 400, "and no slower than that needs: {tried:?}");
    drain.close(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn f123_a_target_that_wants_to_be_left_alone_gets_nothing_and_the_others_go_on() {
    let mut world = World::new().await;
    world.news(6).await;
    let busy = world.line("one", Duration::from_millis(100), taken);
    let tried = Arc::clone(&busy.attempt);
    let attempt = move |delivery: Arc<Delivery>, clock: Clock| -> Trying {
        let done = tried(delivery, clock);
        Box::pin(async move { crate::delivery::Judged { rest: 90, ..done.await } })
    };
    let pace = vec![(5, Duration::from_secs(1))];
    let busy = Line { attempt: Arc::new(attempt), pace, ..busy };
    let drain = world.drain(vec![busy, world.line("two", Duration::from_millis(100), taken)]);
    pass(300).await;
    let of = |id: &str| -> Vec<u64> {
        let tried = world.tried.lock().unwrap();
        tried.iter().filter(|(target, ..)| target.as_str() == id).map(|(.., at)| *at).collect()
    };
    let waited = of("one");
    assert_eq!(waited.len(), 4, "{waited:?}");
    assert!(waited.windows(2).all(|two| two[1] - two[0] >= 90), "{waited:?}");
    let others = of("two");
    assert!(others.len() == 6 && others.iter().all(|at| *at < 5), "{others:?}");
    drain.close(Duration::from_secs(1)).await;
}
