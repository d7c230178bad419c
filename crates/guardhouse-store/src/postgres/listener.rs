//! Hears when another node appended to the change log. Only a hint: the reader looks by itself at
//! least once a second, so a message lost while reconnecting costs that second.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::{StreamExt, future::join, stream::poll_fn};
use tokio::{task::AbortHandle, time::sleep};
use tokio_postgres::AsyncMessage;

use super::{connector::Connector, errors::Failure};
use crate::signals::Signals;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

pub(super) struct Listener {
    connector: Arc<Connector>,
    signals: Arc<Signals>,
    task: OnceLock<AbortHandle>,
}

impl Listener {
    pub(super) fn new(connector: Arc<Connector>, signals: Arc<Signals>) -> Self {
        Self { connector, signals, task: OnceLock::new() }
    }

    /// Begins at the first call; later ones do nothing.
    pub(super) fn start(&self) {
        self.task.get_or_init(|| {
            let (connector, signals) = (Arc::clone(&self.connector), Arc::clone(&self.signals));
            tokio::spawn(async move { listen_forever(&connector, &signals).await }).abort_handle()
        });
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

async fn listen_forever(connector: &Connector, signals: &Signals) {
    let mut pause = FIRST_PAUSE;
    loop {
        if listen(connector, signals).await.is_ok() {
            pause = FIRST_PAUSE;
        }
        sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Until the connection ends; an error means that listening never began.
async fn listen(connector: &Connector, signals: &Signals) -> Result<(), Failure> {
    let dialled = connector.config.connect(connector.tls.clone()).await;
    let (client, mut connection) = dialled.map_err(Failure::Connect)?;
    let mut messages = poll_fn(move |context| connection.poll_message(context));
    let begun = async {
        client.batch_execute("LISTEN guardhouse_changes").await?;
        // Something may have been appended while nobody listened.
        signals.changed();
        Ok(())
    };
    let heard = async {
        while let Some(Ok(message)) = messages.next().await {
            if let AsyncMessage::Notification(_) = message {
                signals.changed();
            }
        }
    };
    join(begun, heard).await.0
}
