/* The same work with nng's callbacks: nothing blocks, every step is taken in
 * the callback of the one before. */

struct step {
	nng_aio   *aio;
	nng_ctx    ctx;
	nng_socket sock;
	bool       sending;
	double     since;
};

static atomic_long aio_count;
static atomic_bool aio_over;

static nng_msg *
aio_fresh(size_t size)
{
	nng_msg *m;
	msg_new(&m, size);
	return (m);
}

static bool
aio_ended(struct step *x)
{
	int rv = nng_aio_result(x->aio);
	if ((rv == NNG_ECLOSED) || (rv == NNG_ECANCELED)) {
		return (true);
	}
	must(rv, "callback");
	return (false);
}

/* Replier: receive on a context, send the message back, receive again. */

static void
reply_step(void *arg)
{
	struct step *x = arg;
	if (aio_ended(x)) {
		return;
	}
	x->sending = !x->sending;
	if (x->sending) {
		nng_aio_set_msg(x->aio, nng_aio_get_msg(x->aio));
		nng_ctx_send(x->ctx, x->aio);
	} else {
		nng_ctx_recv(x->ctx, x->aio);
	}
}

/* What every callback peer ends with: its CPU time, when asked. */
static void
aio_serve(int ctl)
{
	struct report r = { 0 };
	tell_go(ctl);
	hear_go(ctl);
	double cpu = cpu_used();
	long   n   = aio_count;
	double t   = now();
	hear_go(ctl);
	r.count = aio_count - n;
	r.rate  = (double) r.count / (now() - t);
	r.cpu   = cpu_used() - cpu;
	tell(ctl, &r, sizeof(r));
	pause_for(60);
}

static void
aio_echo_peer(int ctl)
{
	int          n = (opt.n < 1) ? 1 : (opt.n > 128) ? 128 : opt.n;
	struct step *x = calloc((size_t) n, sizeof(*x));
	sock_t       s = sock_open(REP, -1);
	for (int i = 0; i < n; i++) {
		must(nng_ctx_open(&x[i].ctx, s), "context");
		must(nng_aio_alloc(&x[i].aio, reply_step, &x[i]), "aio");
		nng_ctx_recv(x[i].ctx, x[i].aio);
	}
	sock_listen(s, opt.url);
	aio_serve(ctl);
}

static double
aio_peer_cpu(struct peer *p, double cpu, struct report *r)
{
	tell_go(p->ctl);
	hear(p->ctl, r, sizeof(*r));
	return (is_inproc() ? cpu : cpu + r->cpu);
}

/* aio-rtt: one request at a time on a socket. */

static void
rtt_step(void *arg)
{
	struct step *x = arg;
	if (aio_ended(x)) {
		return;
	}
	x->sending = !x->sending;
	if (!x->sending) { /* a send has ended */
		nng_recv_aio(x->sock, x->aio);
		return;
	}
	double t = now();
	if (!aio_over) {
		sample(t - x->since);
		aio_count++;
	}
	x->since = t;
	nng_aio_set_msg(x->aio, nng_aio_get_msg(x->aio));
	nng_send_aio(x->sock, x->aio);
}

static void
run_aio_rtt(void)
{
	struct peer  *p = peer_start(aio_echo_peer);
	struct step   x = { .sending = true, .since = now() };
	struct report r;
	hear_go(p->ctl);
	x.sock = sock_open(REQ, -1);
	sock_dial(x.sock, opt.url);
	must(nng_aio_alloc(&x.aio, rtt_step, &x), "aio");
	nng_aio_set_msg(x.aio, aio_fresh(opt.size));
	nng_send_aio(x.sock, x.aio);
	pause_for(0.1);
	tell_go(p->ctl);
	double cpu = cpu_used(), t = now();
	long   n = aio_count;
	pause_for(opt.seconds);
	n        = aio_count - n;
	t        = now() - t;
	cpu      = cpu_used() - cpu;
	aio_over = true;
	cpu      = aio_peer_cpu(p, cpu, &r);
	if (n == 0) {
		fail("no round trip");
	}
	print_latency(t, n, cpu);
	finish(p);
}

/* aio-reqrep: n contexts of one requester; aio-fanin: n requesters. */

static void
request_step(void *arg)
{
	struct step *x = arg;
	if (aio_ended(x)) {
		return;
	}
	x->sending = !x->sending;
	if (!x->sending) {
		nng_ctx_recv(x->ctx, x->aio);
		return;
	}
	aio_count++;
	nng_aio_set_msg(x->aio, nng_aio_get_msg(x->aio));
	nng_ctx_send(x->ctx, x->aio);
}

static void
aio_requests(bool sockets)
{
	struct peer  *p = peer_start(aio_echo_peer);
	struct step  *x = calloc((size_t) opt.n, sizeof(*x));
	struct report r;
	sock_t        s = { 0 };
	hear_go(p->ctl);
	for (int i = 0; i < opt.n; i++) {
		if (sockets || (i == 0)) {
			s = sock_open(REQ, -1);
			sock_dial(s, opt.url);
		}
		must(nng_ctx_open(&x[i].ctx, s), "context");
		must(nng_aio_alloc(&x[i].aio, request_step, &x[i]), "aio");
		x[i].sending = true;
	}
	for (int i = 0; i < opt.n; i++) {
		nng_aio_set_msg(x[i].aio, aio_fresh(opt.size));
		nng_ctx_send(x[i].ctx, x[i].aio);
	}
	pause_for(0.1);
	tell_go(p->ctl);
	double cpu = cpu_used(), t = now();
	long   n = aio_count;
	pause_for(opt.seconds);
	n   = aio_count - n;
	t   = now() - t;
	cpu = aio_peer_cpu(p, cpu_used() - cpu, &r);
	if (n == 0) {
		fail("no round trip");
	}
	print_rate((double) n / t, cpu, n);
	finish(p);
}

static void
run_aio_reqrep(void)
{
	aio_requests(false);
}

static void
run_aio_fanin(void)
{
	aio_requests(true);
}

/* aio-tput and aio-fanout. */

#define IN_FLIGHT 16

static void
drain_step(void *arg)
{
	struct step *x = arg;
	if (aio_ended(x)) {
		return;
	}
	nng_msg_free(nng_aio_get_msg(x->aio));
	aio_count++;
	nng_recv_aio(x->sock, x->aio);
}

static void
fill_step(void *arg)
{
	struct step *x = arg;
	if (aio_ended(x) || aio_over) {
		return;
	}
	nng_aio_set_msg(x->aio, aio_fresh(opt.size));
	nng_send_aio(x->sock, x->aio);
}

static void
aio_many(sock_t s, int n, void (*step)(void *), bool first_sends)
{
	struct step *x = calloc((size_t) n, sizeof(*x));
	for (int i = 0; i < n; i++) {
		x[i].sock = s;
		must(nng_aio_alloc(&x[i].aio, step, &x[i]), "aio");
		if (first_sends) {
			nng_aio_set_msg(x[i].aio, aio_fresh(opt.size));
			nng_send_aio(s, x[i].aio);
		} else {
			nng_recv_aio(s, x[i].aio);
		}
	}
}

static void
aio_count_peer(int ctl)
{
	sock_t s = sock_open(strcmp(opt.pattern, "pair") == 0 ? PAIR : PULL, opt.depth);
	sock_listen(s, opt.url);
	aio_many(s, IN_FLIGHT, drain_step, false);
	aio_serve(ctl);
}

static void
run_aio_tput(void)
{
	struct peer  *p = peer_start(aio_count_peer);
	struct report r;
	hear_go(p->ctl);
	sock_t s = sock_open(strcmp(opt.pattern, "pair") == 0 ? PAIR : PUSH, opt.depth);
	sock_dial(s, opt.url);
	aio_many(s, IN_FLIGHT, fill_step, true);
	pause_for(0.1);
	tell_go(p->ctl);
	double cpu = cpu_used();
	pause_for(opt.seconds);
	cpu = aio_peer_cpu(p, cpu_used() - cpu, &r);
	print_rate(r.rate, cpu, r.count);
	aio_over = true;
	finish(p);
}

static void
aio_subscribers_peer(int ctl)
{
	hear_go(ctl);
	for (int i = 0; i < opt.n; i++) {
		sock_t s = sock_open(SUB, opt.depth);
		sock_dial(s, opt.url);
		aio_many(s, 1, drain_step, false);
	}
	aio_serve(ctl);
}

static void
run_aio_fanout(void)
{
	struct peer  *p = peer_start(aio_subscribers_peer);
	struct report r;
	sock_t        s = sock_open(PUB, opt.depth);
	sock_listen(s, opt.url);
	tell_go(p->ctl);
	hear_go(p->ctl);
	pause_for(0.2);
	aio_many(s, 1, fill_step, true);
	pause_for(0.1);
	tell_go(p->ctl);
	double cpu = cpu_used();
	pause_for(opt.seconds);
	cpu = aio_peer_cpu(p, cpu_used() - cpu, &r);
	print_rate(r.rate, cpu, r.count);
	finish(p);
}
