//! Statements and units on one connection.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use data_encoding::HEXLOWER;
use deadpool_postgres::ClientWrapper;
use futures_util::{TryStreamExt, future::maybe_done, pin_mut};
use guardhouse_core::time::Timestamp;

use super::{errors::Failure, migration_lock, values};
use crate::{
    Outcome, Row, Statement, Steps, Unit, Value, ddl,
    migrations::{self, Migration},
};

/// For the policies of the tables, until the transaction ends. $1 the owner in hexadecimal
const WITHIN: Statement = Statement {
    name: "guardhouse_store::postgres::session::WITHIN",
    sql: "select set_config('guardhouse.owner', $1, true)",
};

type Answer = Result<(Vec<Row>, u64), Failure>;
type Sent<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Runs one statement: its rows, and how many rows it touched or returned.
pub(super) async fn run(client: &ClientWrapper, statement: &Statement, params: &[Value]) -> Answer {
    let answer = ask(client, statement, params).await;
    if matches!(&answer, Err(failure) if failure.stale()) {
        client.statement_cache.clear();
    }
    answer
}

async fn ask(client: &ClientWrapper, statement: &Statement, params: &[Value]) -> Answer {
    let prepared = client.prepare_cached(statement.sql).await?;
    if prepared.params().len() != params.len() {
        return Err(wrong_number(prepared.params().len(), params.len()));
    }
    let stream = client.query_raw(&prepared, params).await?;
    pin_mut!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        rows.push(values::row(&row)?);
    }
    let touched = stream.rows_affected().unwrap_or(rows.len() as u64);
    Ok((rows, touched))
}

fn wrong_number(wanted: usize, given: usize) -> Failure {
    let text = format_args!("{wanted} parameters expected, {given} given");
    Failure::Store(crate::StoreError::internal(text))
}

/// Runs a unit: one statement as it is, several in a transaction.
pub(super) async fn unit(client: &ClientWrapper, unit: &Unit) -> Result<Outcome, Failure> {
    let alone = unit.steps.len() == 1 && !unit.notify && unit.owner.is_none();
    let result = if alone {
        let step = &unit.steps[0];
        vec![run(client, &step.statement, &step.params).await]
    } else {
        transaction(client, unit).await?
    };
    let outcome = judge(unit, result);
    if !alone {
        let end = if matches!(outcome, Ok(Outcome::Done(_))) { "COMMIT" } else { "ROLLBACK" };
        let ended = client.batch_execute(end).await;
        if outcome.is_ok() {
            ended?;
        }
    }
    outcome
}

/// Sends `BEGIN` and all steps without waiting in between, so that a unit costs two round trips
/// however long it is. After the first that fails the server refuses the rest.
async fn transaction(client: &ClientWrapper, unit: &Unit) -> Result<Vec<Answer>, Failure> {
    for step in &unit.steps {
        client.prepare_cached(step.statement.sql).await?;
    }
    if unit.owner.is_some() {
        client.prepare_cached(WITHIN.sql).await?;
    }
    let owner = unit.owner.map(|owner| -> Sent<'_> {
        Box::pin(async move { run(client, &WITHIN, &[HEXLOWER.encode(&owner).into()]).await })
    });
    let leading = 1 + usize::from(owner.is_some());
    let steps = unit.steps.iter().map(|step| -> Sent<'_> { Box::pin(run(client, &step.statement, &step.params)) });
    let notify = unit.notify.then(|| control(client, "NOTIFY guardhouse_changes"));
    let sent = std::iter::once(control(client, "BEGIN")).chain(owner).chain(steps).chain(notify);
    let mut sent: Vec<_> = sent.map(|future| Box::pin(maybe_done(future))).collect();
    // A future sends when it is first polled: this keeps the order.
    poll_fn(|context| {
        for future in &mut sent {
            let _ = future.as_mut().poll(context);
        }
        Poll::Ready(())
    })
    .await;
    let mut answers = Vec::with_capacity(sent.len());
    for future in &mut sent {
        future.as_mut().await;
        answers.extend(future.as_mut().take_output());
    }
    for _ in 0..leading {
        answers.remove(0)?;
    }
    Ok(answers)
}

fn control<'a>(client: &'a ClientWrapper, sql: &'static str) -> Sent<'a> {
    Box::pin(async move {
        client.batch_execute(sql).await?;
        Ok((Vec::new(), 0))
    })
}

/// The first step that failed or refused speaks for the unit; later ones only followed from it.
fn judge(unit: &Unit, answers: Vec<Answer>) -> Result<Outcome, Failure> {
    let mut steps = Steps::default();
    for (index, answer) in answers.into_iter().enumerate() {
        let (rows, touched) = answer?;
        match unit.steps.get(index) {
            Some(step) if step.required && touched == 0 => return Ok(Outcome::Refused { step: index }),
            Some(_) => steps.push(rows, touched),
            None => {}
        }
    }
    Ok(Outcome::Done(steps))
}

/// Runs a migration and its ledger row in one transaction, unless the ledger has it already. The
/// advisory lock makes a second process wait here.
pub(super) async fn apply(client: &mut ClientWrapper, migration: &Migration, now: Timestamp) -> Result<bool, Failure> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(&migration_lock()).await?;
    let number = [Value::Int(migration.number)];
    let number = number.iter().map(|value| value as &(dyn tokio_postgres::types::ToSql + Sync)).collect::<Vec<_>>();
    if !transaction.query(migrations::store::APPLIED.sql, &number).await?.is_empty() {
        return Ok(false);
    }
    transaction.batch_execute(&ddl::for_postgres(migration.sql)).await?;
    let record = migration.record(now);
    let record = record.iter().map(|value| value as &(dyn tokio_postgres::types::ToSql + Sync)).collect::<Vec<_>>();
    transaction.execute(migrations::store::RECORD.sql, &record).await?;
    transaction.commit().await?;
    Ok(true)
}
