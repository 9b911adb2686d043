//! Partner Center as the reference describes it.

use sandbox::{Sandbox, SandboxOptions};

#[tokio::test]
async fn it_starts_and_stops() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
    assert!(sandbox.idle());
    sandbox.shutdown().await;
}
