//! Starting the server, and stopping it without losing anything.

use std::{
    fs, io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use axum_server::{Handle, tls_rustls::RustlsConfig};
use tower_http::{
    catch_panic::CatchPanicLayer,
    timeout::{RequestBodyDeadlineLayer, RequestBodyTimeoutLayer},
    trace::TraceLayer,
};

use crate::{
    api,
    app::{self, App},
    authority::{DESK_BASE, PHONE_BASE},
    clock::Clock,
    config::{Config, TlsMode},
    connections::{self, Bounded},
    entropy::Entropy,
    identity::provider::Provider,
    jobs,
    keys::LedgerKey,
    store::{DatabaseUrl, Schema, Store, settings::Setting},
    tls::{CaCertificate, own_certificate},
    web,
};

/// How long requests that are under way may take after the server was told to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long a request's body may pause, and how long it may take as a whole: a photograph of 20 MB from a phone
/// at the edge of a network.
const BODY_PAUSE: Duration = Duration::from_secs(20);
/// See [`BODY_PAUSE`].
const BODY_WHOLE: Duration = Duration::from_secs(180);
/// How often the ledger is signed while it grows.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);

/// Installs the one provider of cryptography for TLS. Harmless if it was installed before.
pub fn install_crypto() {
    // The only error is that there is one already, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Opens the register: its folder, its key, its database.
///
/// # Errors
/// Where any of them cannot be opened.
pub async fn open(config: Config, clock: Clock, entropy: Entropy, schema: Schema) -> anyhow::Result<App> {
    open_with(config, clock, entropy, schema, None).await
}

async fn open_with(
    config: Config,
    clock: Clock,
    entropy: Entropy,
    schema: Schema,
    ca: Option<CaCertificate>,
) -> anyhow::Result<App> {
    create_private_folder(&config.data_dir)
        .with_context(|| format!("the data folder {} cannot be made", config.data_dir.display()))?;
    if let DatabaseUrl::Sqlite(path) = &config.database
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        create_private_folder(folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    let store = Store::open(&config.database, schema, clock, entropy.clone()).await?;
    let key = match store.setting(Setting::LedgerVerifier).await? {
        // A new key would be of no use to a ledger that has one, and in the way of the right one.
        Some(_) => LedgerKey::load(&config.data_dir)?,
        None => {
            let name = format!("{}/hokan", config.public_host());
            LedgerKey::load_or_create(&config.data_dir, &name, &entropy)?
        }
    };
    remember_ledger(&store, &key).await?;
    let profiles = app::load_profiles(&store).await.context("the profiles that were adopted")?;
    let provider = config.provider.clone();
    let provider = provider.map(|settings| Provider::new(settings, &config.public_url)).transpose()?;
    Ok(App::new(store, profiles, config, key, provider, ca))
}

/// Makes sure that key and database belong together. A database that was signed with another key must not
/// go on with this one unnoticed.
async fn remember_ledger(store: &Store, key: &LedgerKey) -> anyhow::Result<()> {
    let vkey = key.signer()?.verifier().to_string();
    match store.setting(Setting::LedgerVerifier).await? {
        Some(known) if known == vkey => Ok(()),
        Some(known) => anyhow::bail!(
            "the key in {} is not the one that signed this database. The database was signed with {known}. \
             Put the right key file beside it, or restore both from one backup",
            crate::keys::FILE
        ),
        None => {
            let origin = key.origin().to_owned();
            store
                .write("ledger.remember", move |tx| {
                    Box::pin(async move {
                        tx.set_setting(Setting::LedgerOrigin, &origin).await?;
                        tx.set_setting(Setting::LedgerVerifier, &vkey).await
                    })
                })
                .await?;
            Ok(())
        }
    }
}

fn create_private_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // It may be so on purpose, for a group that backs it up; whoever did not mean it is to hear of it.
            let mode = fs::metadata(path)?.permissions().mode();
            if mode & 0o077 != 0 {
                let mode = format!("{:o}", mode & 0o777);
                tracing::warn!(folder = %path.display(), mode, "other accounts of this machine can look into the folder: chmod 700 keeps them out");
            }
        }
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// What says how the server is, to whoever asks: a load balancer has no session.
pub const HEALTH_ROUTES: &[web::Route] =
    &[web::Route { method: "GET", path: "/healthz" }, web::Route { method: "GET", path: "/readyz" }];

/// The whole route table: pages, the phone's interface and the desk's, health.
pub fn router(app: &App) -> Router {
    let backend: Arc<dyn hokan_mobile_api::Backend> = Arc::new(app.clone());
    let health = Router::new()
        .route(HEALTH_ROUTES[0].path, get(|| async { "ok\n" }))
        .route(HEALTH_ROUTES[1].path, get(ready))
        .with_state(app.clone());
    web::router(Arc::new(app.clone()))
        .merge(health)
        .nest(PHONE_BASE, hokan_mobile_api::router(backend))
        .nest(DESK_BASE, api::router(app))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app.config().trusted_proxies),
            web::proxy::tell_address,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(
            web::headers::is_strict(app.config()),
            web::headers::add_everywhere,
        ))
        // Whoever sends byte by byte holds a connection and what was read of it for no longer than this.
        .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE))
        .layer(RequestBodyDeadlineLayer::new(BODY_WHOLE))
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request| {
            // The pattern, not the address: an address holds codes and what people searched for.
            let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
            tracing::info_span!("request", method = %request.method(), route)
        }))
}

async fn ready(State(app): State<App>) -> Response {
    match app.store().ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let cause = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic");
    hokan_mobile_api::Problem::internal(hokan_domain::text::Lang::Ja, &cause).into_response()
}

/// A server that listens.
pub struct Running {
    app: App,
    handle: Handle<SocketAddr>,
    task: tokio::task::JoinHandle<io::Result<()>>,
    /// What the server does by itself: checkpoints, the purge sweep, telling people.
    jobs: Vec<tokio::task::JoinHandle<()>>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("url", &self.app.config().public_url).finish_non_exhaustive()
    }
}

/// Opens the register and begins to listen.
///
/// # Errors
/// Where the register cannot be opened, the address is taken, or the certificate cannot be used.
pub async fn start(config: Config, port_file: Option<PathBuf>) -> anyhow::Result<Running> {
    install_crypto();
    let clock = Clock::system();
    let listener = TcpListener::bind(config.listen)
        .with_context(|| format!("{} cannot be listened on", config.listen))?;
    listener.set_nonblocking(true)?;
    let actual = listener.local_addr()?;
    let config = config.listening_on(actual);
    create_private_folder(&config.data_dir)
        .with_context(|| format!("the data folder {} cannot be made", config.data_dir.display()))?;

    let (certificate, ca) = match config.tls {
        TlsMode::Off => (None, None),
        TlsMode::Files => (config.tls_files.clone(), None),
        TlsMode::Own => {
            let own = own_certificate(&config.data_dir.join("tls"), &hosts(&config), clock.now())?;
            (Some((own.certificate, own.key)), own.authority)
        }
    };
    let app = open_with(config, clock, Entropy::system(), Schema::Migrate, ca).await?;
    if app.store().setting(Setting::Demonstration).await?.is_some() && !app.config().demo {
        anyhow::bail!(
            "{} holds a demonstration, whose passwords and keys everybody can know: only `hokan demo --dir` \
             serves it. For a register of your own, choose another folder or database",
            app.config().data_dir.display()
        );
    }
    let service = router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    let proxies = Arc::clone(&app.config().trusted_proxies);
    let task = match certificate {
        Some((certificate, key)) => {
            let tls = RustlsConfig::from_pem_file(&certificate, &key)
                .await
                .with_context(|| format!("{} and {}", certificate.display(), key.display()))?;
            let server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle.clone());
            let mut server = server.map(|inner| Bounded::new(inner, proxies));
            connections::bound(server.http_builder());
            tokio::spawn(server.serve(service))
        }
        None => {
            let server = axum_server::from_tcp(listener)?.handle(handle.clone());
            let mut server = server.map(|inner| Bounded::new(inner, proxies));
            connections::bound(server.http_builder());
            tokio::spawn(server.serve(service))
        }
    };
    handle.listening().await;
    if let Some(path) = port_file {
        // Written whole or not at all, since somebody waits for it.
        let waiting = path.with_extension("part");
        fs::write(&waiting, format!("{actual}\n"))?;
        fs::rename(&waiting, &path)?;
    }
    tracing::info!(listen = %actual, url = app.config().public_url, database = app.store().backend_name(), "listening");
    let courier = jobs::deliver::Courier::new(&app)?;
    let purge_at = app.config().jobs.purge_at();
    let jobs = vec![
        tokio::spawn(keep_checkpoints(app.clone())),
        tokio::spawn(jobs::run(app.clone(), purge_at)),
        tokio::spawn(jobs::trail::run(app.clone())),
        tokio::spawn(courier.run()),
    ];
    Ok(Running { app, handle, task, jobs })
}

/// The names and addresses that the server's certificate is for.
fn hosts(config: &Config) -> Vec<String> {
    let mut hosts = vec![config.public_host().to_owned()];
    let ip = config.listen.ip();
    if !ip.is_unspecified() {
        hosts.push(ip.to_string());
    }
    hosts.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
    let mut seen = std::collections::BTreeSet::new();
    hosts.retain(|host| seen.insert(host.clone()));
    hosts
}

async fn keep_checkpoints(app: App) {
    let mut ticks = tokio::time::interval(CHECKPOINT_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = app.checkpoint().await {
            tracing::error!(%error, "no checkpoint was made");
        }
    }
}

impl Running {
    /// The server's parts.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Waits until somebody asks the process to stop, then stops.
    ///
    /// # Errors
    /// Where the server failed.
    pub async fn until_stopped(self) -> anyhow::Result<()> {
        asked_to_stop().await;
        self.stop().await
    }

    /// Lets requests that are under way finish, signs the ledger, and closes the database.
    ///
    /// # Errors
    /// Where the server failed.
    pub async fn stop(self) -> anyhow::Result<()> {
        tracing::info!("stopping");
        self.handle.graceful_shutdown(Some(GRACE));
        self.task.await??;
        for job in &self.jobs {
            job.abort();
        }
        if let Err(error) = self.app.checkpoint().await {
            tracing::error!(%error, "no last checkpoint was made");
        }
        self.app.store().clone().close().await;
        tracing::info!("stopped");
        Ok(())
    }
}

async fn asked_to_stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! { () = interrupted => {}, () = terminated => {} }
}
