//! A PostgreSQL server for one run, as it comes: with syncs.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};

use crate::house::{Folder, free_address};

/// What the update of a refresh is in SQL, for grants of the client that pgbench is.
const SCRIPT: &str = "update grants set generation = generation + 1, rotated_at = 1, rotated_network = '\\x00', \
    refreshes = refreshes + 1, expires_at = case when 9000000000000000 < limit_at then expires_at else limit_at end \
    where id = decode(lpad(to_hex(:client_id::int), 32, '0'), 'hex') and generation > 0 and ended_at is null \
    and expires_at > 1 returning generation, expires_at;\n";

/// A running server.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: Folder,
    port: u16,
}

impl Cluster {
    /// Starts one; `None` where PostgreSQL is not installed.
    pub(crate) fn start() -> Result<Option<Self>> {
        let Some(programs) = programs() else { return Ok(None) };
        let cluster = Self { programs, folder: Folder::new()?, port: free_address()?.port() };
        let data = cluster.data();
        fs::create_dir_all(&data)?;
        if is_root() {
            run(Command::new("chown").arg("-R").arg("postgres").arg(cluster.folder.path()))?;
        }
        run(cluster
            .command("initdb")
            .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "-D"])
            .arg(&data))?;
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200",
            cluster.port
        );
        let log = data.join("server.log");
        run(cluster.command("pg_ctl").arg("-D").arg(&data).arg("-l").arg(&log).args(["-w", "-o", &options, "start"]))?;
        Ok(Some(cluster))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("postgres")
    }

    /// A program of PostgreSQL, as the user it agrees to run as.
    fn command(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir("/").stdout(std::process::Stdio::null());
        command
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// One grant for each client of pgbench.
    pub(crate) fn add_grants(&self, count: usize) -> Result<()> {
        let sql = format!(
            "insert into grants select decode(lpad(to_hex(n), 32, '0'), 'hex'), session_id, account_id, client, tenant_id,
                scope, salt, generation, rotated_at, rotated_network, refreshes, created_at, expires_at, limit_at
            from (select * from grants limit 1) one, generate_series(0, {count} - 1) n"
        );
        run(self.command("psql").args(["-q", "-c", &sql, &self.url()]))
    }

    /// Updates in a second.
    pub(crate) fn pgbench(&self, clients: usize, span: Duration) -> Result<f64> {
        let script = self.data().join("refresh.sql");
        fs::write(&script, SCRIPT)?;
        let mut command = self.command("pgbench");
        command.args([
            "-n",
            "-M",
            "prepared",
            "-j",
            "1",
            "-c",
            &clients.to_string(),
            "-T",
            &span.as_secs().to_string(),
        ]);
        command.arg("-f").arg(script).arg(self.url());
        let output = command.stdout(std::process::Stdio::piped()).output()?;
        let mut told = String::from_utf8_lossy(&output.stdout).into_owned();
        let _ = write!(told, "{}", String::from_utf8_lossy(&output.stderr));
        let rate = told.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.with_context(|| format!("pgbench said: {told}"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A server that is gone already needs no stopping.
        let _ = run(self.command("pg_ctl").arg("-D").arg(self.data()).args(["-m", "immediate", "-w", "stop"]));
    }
}

fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let installed =
        |folder: &Path| ["initdb", "pg_ctl", "psql", "pgbench"].iter().all(|name| folder.join(name).exists());
    versions.filter(|folder| installed(folder)).max()
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
