/*
 * libuv's UDP sockets for `udp-native.ts`, without what Node's own cost at each datagram: 64 kB of memory, a buffer and an object
 * for the way in, an array and another buffer for the way out. Here a datagram is read into one buffer that stays, and becomes a
 * string; a string is written into another one, and sent.
 *
 * Datagrams that are there at once are read at once, and what is said to them waits until all are handled: to wake who is sent something
 * is most of what sending costs, and he is woken once (`udp-send.c`).
 *
 * A socket is a small number, its place in the table. Nothing waits in the process for a kernel that takes no more. Errors are
 * libuv's: negative errno.
 */
#include "udp.h"
#include <stdlib.h>
#include <string.h>

enum { TOGETHER = 16 }; /* datagrams read at once, so that nobody waits for long */

struct module {
  napi_env env;
  uv_loop_t *loop;
  udp_socket **table; /* NULL where nothing is open */
  uint32_t places;
  uint32_t living; /* open, or on their way to be freed */
  napi_async_cleanup_hook_handle leaving;
  int handling; /* JavaScript has one of the datagrams that were read together */
  int refused;  /* some socket has a refusal */
  udp_outgoing out;
  char *landing; /* where each datagram is put for JavaScript as well; NULL for nowhere */
  char in[TOGETHER * LARGEST];
};

static module *home_of(napi_env env) {
  module *home = NULL;
  napi_get_instance_data(env, (void **)&home);
  return home;
}

static napi_value number(napi_env env, int32_t value) {
  napi_value result = NULL;
  napi_create_int32(env, value, &result);
  return result;
}

static udp_socket *socket_at(napi_env env, napi_value place) {
  module *home = home_of(env);
  uint32_t at;
  if (napi_get_value_uint32(env, place, &at) != napi_ok || at >= home->places) return NULL;
  return home->table[at];
}

/* Calls back into JavaScript; what it throws ends the program as it would anywhere else. */
static void call(module *home, napi_ref callback, size_t count, const napi_value *arguments) {
  napi_value function, global, thrown;
  if (napi_get_reference_value(home->env, callback, &function) != napi_ok) return;
  if (napi_get_global(home->env, &global) != napi_ok) return;
  if (napi_make_callback(home->env, NULL, global, function, count, arguments, NULL) != napi_pending_exception) return;
  napi_get_and_clear_last_exception(home->env, &thrown);
  napi_fatal_exception(home->env, thrown);
}

static void flush(module *home) {
  if (udp_flush(&home->out)) home->refused = 1;
}

static void refuse(udp_socket *socket, int refusal) {
  if (refusal == 0) return;
  socket->refusal = refusal;
  socket->home->refused = 1;
}

/* The datagrams that were read together are handled: what is said to them leaves, and what is refused is told. */
static void handled(module *home) {
  napi_handle_scope scope;
  flush(home);
  if (!home->refused) return;
  home->refused = 0;
  if (napi_open_handle_scope(home->env, &scope) != napi_ok) return;
  for (uint32_t at = 0; at < home->places; at++) {
    udp_socket *socket = home->table[at];
    if (socket == NULL || socket->refusal == 0) continue;
    napi_value refusal = number(home->env, socket->refusal);
    socket->refusal = 0;
    call(home, socket->failed, 1, &refusal);
  }
  napi_close_handle_scope(home->env, scope);
}

/* libuv reads again until there is nothing. Where we know that already, it gets no room and leaves it. */
static void room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  udp_socket *socket = (udp_socket *)handle;
  (void)suggested;
  *buffer = socket->dry ? uv_buf_init(NULL, 0) : uv_buf_init(socket->home->in, sizeof socket->home->in);
  socket->dry = 0;
}

/*
 * Whether one more was read with the datagram that is here. libuv does not say, but each that is handled leaves its room beginning with
 * a NUL, so what begins with another byte is new. What begins with a NUL itself (STUN) is as if it came alone.
 */
static int is_followed(const module *home, const char *here) {
  const char *next = here + LARGEST;
  return next < home->in + sizeof home->in && *next != '\0';
}

static void heard(uv_udp_t *handle, ssize_t length, const uv_buf_t *buffer, const struct sockaddr *from, unsigned flags) {
  udp_socket *socket = (udp_socket *)handle;
  module *home = socket->home;
  napi_handle_scope scope;
  napi_value arguments[3];
  char host[HOST];
  (void)flags; /* no datagram is longer than its room */
  if (length == UV_ENOBUFS && buffer->base == NULL) return;
  if (from == NULL) {
    /* Nothing more, or nothing at all: then libuv was woken for what came back by ICMP. */
    if (socket->read == 0) refuse(socket, udp_refusal(socket, (int)length));
    socket->dry = socket->read > 0 && socket->read < TOGETHER;
    socket->read = 0;
    handled(home);
    return;
  }
  socket->read++;
  if (uv_is_closing((uv_handle_t *)handle)) return;
  if (napi_open_handle_scope(home->env, &scope) != napi_ok) return;
  napi_create_string_latin1(home->env, buffer->base, (size_t)length, &arguments[0]);
  napi_create_string_latin1(home->env, host, udp_print_host(host, from), &arguments[1]);
  napi_create_uint32(home->env, udp_port(from), &arguments[2]);
  if (home->landing != NULL) memcpy(home->landing, buffer->base, (size_t)length);
  buffer->base[0] = '\0';
  home->handling = socket->read > 1 || is_followed(home, buffer->base);
  call(home, socket->received, 3, arguments);
  home->handling = 0;
  napi_close_handle_scope(home->env, scope);
}

static void freed(uv_handle_t *handle) {
  udp_socket *socket = (udp_socket *)handle;
  module *home = socket->home;
  free(socket);
  if (--home->living == 0 && home->leaving != NULL) napi_remove_async_cleanup_hook(home->leaving);
}

/* Nothing is called back for the socket from here on. Its memory goes when libuv has let go of it. */
static void close_socket(udp_socket *socket) {
  module *home = socket->home;
  flush(home);
  if (socket->place < home->places && home->table[socket->place] == socket) home->table[socket->place] = NULL;
  if (socket->received != NULL) napi_delete_reference(home->env, socket->received);
  if (socket->failed != NULL) napi_delete_reference(home->env, socket->failed);
  uv_close((uv_handle_t *)&socket->handle, freed);
}

/* The first place that is free, or one more: sockets are opened seldom. */
static int place_for(module *home, udp_socket *socket) {
  uint32_t at = 0;
  while (at < home->places && home->table[at] != NULL) at++;
  if (at == home->places) {
    udp_socket **table = realloc(home->table, (at + 1) * sizeof *table);
    if (table == NULL) return UV_ENOMEM;
    home->table = table;
    home->places++;
  }
  socket->place = at;
  home->table[at] = socket;
  return 0;
}

static int prepare(napi_env env, udp_socket *socket, const napi_value *arguments, int kernel_buffer) {
  struct sockaddr_storage local, remote;
  double remote_port;
  int size = kernel_buffer;
  int error = udp_address(env, arguments[0], arguments[1], &local);
  if (error == 0 && napi_get_value_double(env, arguments[3], &remote_port) != napi_ok) error = UV_EINVAL;
  if (error != 0) return error;
  unsigned flags = UV_UDP_REUSEADDR | (local.ss_family == AF_INET6 ? UV_UDP_IPV6ONLY : 0);
  error = uv_udp_bind(&socket->handle, (struct sockaddr *)&local, flags | (remote_port != 0 ? UV_UDP_LINUX_RECVERR : 0));
  if (error != 0) return error;
  /* A kernel that does not give as much as was asked for gives what it has. */
  uv_recv_buffer_size((uv_handle_t *)&socket->handle, &size);
  size = kernel_buffer;
  uv_send_buffer_size((uv_handle_t *)&socket->handle, &size);
  if (remote_port != 0) {
    error = udp_address(env, arguments[2], arguments[3], &remote);
    /* In this same turn, so that the port's other datagrams hardly come here. */
    if (error == 0) error = uv_udp_connect(&socket->handle, (struct sockaddr *)&remote);
    if (error != 0) return error;
  }
  return uv_udp_recv_start(&socket->handle, room, heard);
}

/*
 * open(host, port, remote host, remote port, bytes, received, failed): binds, beside sockets that are bound there already, and
 * connects where the remote port is not 0. The kernel is asked for so many bytes in each direction. The socket, or an error.
 */
static napi_value open_socket(napi_env env, napi_callback_info info) {
  napi_value arguments[7];
  size_t count = 7;
  int32_t kernel_buffer = 0;
  module *home = home_of(env);
  udp_socket *socket = calloc(1, sizeof *socket);
  if (socket == NULL) return number(env, UV_ENOMEM);
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  napi_get_value_int32(env, arguments[4], &kernel_buffer);
  int error = uv_udp_init_ex(home->loop, &socket->handle, AF_UNSPEC | UV_UDP_RECVMMSG);
  if (error != 0) {
    free(socket);
    return number(env, error);
  }
  socket->home = home;
  home->living++;
  if (napi_create_reference(env, arguments[5], 1, &socket->received) != napi_ok) error = UV_EINVAL;
  if (napi_create_reference(env, arguments[6], 1, &socket->failed) != napi_ok) error = UV_EINVAL;
  if (error == 0) error = place_for(home, socket);
  if (error == 0) error = prepare(env, socket, arguments, kernel_buffer);
  if (error == 0) return number(env, (int32_t)socket->place);
  close_socket(socket);
  return number(env, error);
}

/* land(bytes): each datagram is put there before its text is handed on. 0, or an error for an array that is too short for some. */
static napi_value land(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  size_t count = 1, length;
  napi_typedarray_type type;
  napi_ref kept; /* for ever: nobody takes it back */
  void *bytes;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  if (napi_get_typedarray_info(env, arguments[0], &type, &length, &bytes, NULL, NULL) != napi_ok) return number(env, UV_EINVAL);
  if (type != napi_uint8_array || length < LARGEST) return number(env, UV_EINVAL);
  if (napi_create_reference(env, arguments[0], 1, &kept) != napi_ok) return number(env, UV_EINVAL);
  home_of(env)->landing = bytes;
  return number(env, 0);
}

/* port(socket): the one that it is bound to, or an error. */
static napi_value port(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  size_t count = 1;
  struct sockaddr_storage local;
  int length = sizeof local;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  udp_socket *socket = socket_at(env, arguments[0]);
  int error = socket == NULL ? UV_EBADF : uv_udp_getsockname(&socket->handle, (struct sockaddr *)&local, &length);
  return number(env, error != 0 ? error : udp_port((struct sockaddr *)&local));
}

/* Reads (socket, text, host, port) into the next place of the queue, where it waits once it is counted. */
static int outgoing(napi_env env, napi_callback_info info, datagram **place) {
  napi_value arguments[4];
  size_t count = 4;
  module *home = home_of(env);
  udp_outgoing *out = &home->out;
  if (out->waiting == QUEUE || out->used > LARGEST) flush(home);
  datagram *next = *place = &out->queue[out->waiting];
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  next->socket = socket_at(env, arguments[0]);
  if (next->socket == NULL) return UV_EBADF;
  next->text = out->text + out->used;
  if (napi_get_value_string_latin1(env, arguments[1], next->text, LARGEST, &next->length) != napi_ok) return UV_EINVAL;
  next->to.ss_family = AF_UNSPEC;
  return count > 2 ? udp_address(env, arguments[2], arguments[3], &next->to) : 0;
}

/* send(socket, text, host, port), of a connected socket send(socket, text): 0 when it is on its way, or an error. */
static napi_value send_text(napi_env env, napi_callback_info info) {
  datagram *last;
  int error = outgoing(env, info, &last);
  if (error != 0) return number(env, error);
  flush(home_of(env)); /* what was sent before leaves before */
  return number(env, udp_send(last));
}

/*
 * post(...): as `send`, but while datagrams are handled that were read together it leaves with all that is said to them, and what the
 * system then refuses is told to `failed`.
 */
static napi_value post_text(napi_env env, napi_callback_info info) {
  module *home = home_of(env);
  datagram *next;
  if (!home->handling) return send_text(env, info);
  int error = outgoing(env, info, &next);
  if (error != 0) return number(env, error);
  home->out.used += next->length;
  home->out.waiting++;
  return number(env, 0);
}

/* close(socket) */
static napi_value close_place(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  size_t count = 1;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  udp_socket *socket = socket_at(env, arguments[0]);
  if (socket != NULL) close_socket(socket);
  return NULL;
}

/* The loop may end only when it has let go of every socket. */
static void leave(napi_async_cleanup_hook_handle handle, void *data) {
  module *home = data;
  if (home->living == 0) {
    napi_remove_async_cleanup_hook(handle);
    return;
  }
  home->leaving = handle;
  for (uint32_t at = 0; at < home->places; at++)
    if (home->table[at] != NULL) close_socket(home->table[at]);
}

static void gone(napi_env env, void *data, void *hint) {
  module *home = data;
  (void)env, (void)hint;
  free(home->table);
  free(home);
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"open", NULL, open_socket, NULL, NULL, NULL, napi_enumerable, NULL},
      {"land", NULL, land, NULL, NULL, NULL, napi_enumerable, NULL},
      {"port", NULL, port, NULL, NULL, NULL, napi_enumerable, NULL},
      {"send", NULL, send_text, NULL, NULL, NULL, napi_enumerable, NULL},
      {"post", NULL, post_text, NULL, NULL, NULL, napi_enumerable, NULL},
      {"close", NULL, close_place, NULL, NULL, NULL, napi_enumerable, NULL},
      {"wait", NULL, udp_wait, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  module *home = calloc(1, sizeof *home);
  if (home == NULL) return NULL;
  home->env = env;
  if (napi_get_uv_event_loop(env, &home->loop) != napi_ok || napi_set_instance_data(env, home, gone, NULL) != napi_ok) {
    free(home);
    return NULL;
  }
  if (napi_add_async_cleanup_hook(env, leave, home, NULL) != napi_ok) return NULL;
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}
