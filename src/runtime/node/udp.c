/*
 * libuv's UDP sockets for `udp-native.ts`, without what Node's own cost at each datagram: 64 kB of memory, a buffer and an object
 * for the way in, an array and another buffer for the way out. Here a datagram is read into one buffer that stays, and becomes a
 * string; a string is written into another one, and sent.
 *
 * Datagrams that are there at once are read at once, and what is said to all but the last waits for what is said to that one: to wake
 * who is sent something is most of what sending costs, and he is woken once.
 *
 * A socket is a small number, its place in the table. Nothing waits in the process for a kernel that takes no more. Errors are
 * libuv's: negative errno.
 */
#define NAPI_VERSION 8
#define _GNU_SOURCE /* sendmmsg */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

enum {
  LARGEST = 65536, /* what libuv has for each of the datagrams that it reads at once */
  TOGETHER = 16,   /* datagrams read at once, so that nobody waits for long */
  QUEUE = 64,
  HOST = INET6_ADDRSTRLEN + 1 + IF_NAMESIZE
};

typedef struct module module;

typedef struct {
  uv_udp_t handle; /* first: libuv's callbacks get its address */
  module *home;
  uint32_t place;
  napi_ref received; /* (text, host, port) */
  napi_ref failed;   /* (error) */
  int refusal;       /* of what waited, still to be told */
  unsigned read;     /* datagrams of those that were read together */
  int dry;           /* they were all that was there */
} udp_socket;

/* What waits for the datagrams that were read with the one that it was sent upon. */
typedef struct {
  udp_socket *socket;
  struct sockaddr_storage to; /* AF_UNSPEC by a connected socket */
  char *text;
  size_t length;
} datagram;

struct module {
  napi_env env;
  uv_loop_t *loop;
  udp_socket **table; /* NULL where nothing is open */
  uint32_t places;
  uint32_t living; /* open, or on their way to be freed */
  napi_async_cleanup_hook_handle leaving;
  int handling; /* JavaScript has a datagram, and more were read with it */
  datagram queue[QUEUE];
  unsigned waiting;
  int refused; /* some socket has a refusal */
  size_t used; /* bytes of `out` that wait */
  char *landing; /* where each datagram is put for JavaScript as well; NULL for nowhere */
  char in[TOGETHER * LARGEST];
  char out[2 * LARGEST];
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

/* An IP literal, with its zone if it has one, and a port. */
static int address(napi_env env, napi_value host, napi_value port, struct sockaddr_storage *to) {
  char text[HOST + 1]; /* what fills it was longer */
  size_t length;
  double number;
  memset(to, 0, sizeof *to);
  if (napi_get_value_string_utf8(env, host, text, sizeof text, &length) != napi_ok) return UV_EINVAL;
  if (length == HOST || strlen(text) != length) return UV_EINVAL;
  if (napi_get_value_double(env, port, &number) != napi_ok || !(number >= 0 && number <= 65535)) return UV_EINVAL;
  if (number != (int)number) return UV_EINVAL;
  if (strchr(text, ':') != NULL) return uv_ip6_addr(text, (int)number, (struct sockaddr_in6 *)to);
  return uv_ip4_addr(text, (int)number, (struct sockaddr_in *)to);
}

static uint16_t port_of(const struct sockaddr *from) {
  return ntohs(from->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)from)->sin6_port
                                           : ((const struct sockaddr_in *)from)->sin_port);
}

/* Printing with a format would cost as much as everything else here. */
static size_t print_byte(char *text, unsigned char byte) {
  size_t length = 0;
  if (byte >= 100) text[length++] = (char)('0' + byte / 100);
  if (byte >= 10) text[length++] = (char)('0' + byte / 10 % 10);
  text[length++] = (char)('0' + byte % 10);
  return length;
}

static size_t print_host(char text[HOST], const struct sockaddr *from) {
  size_t length = 0;
  if (from->sa_family != AF_INET6) {
    const unsigned char *bytes = (const unsigned char *)&((const struct sockaddr_in *)from)->sin_addr;
    for (int i = 0; i < 4; i++) {
      if (i > 0) text[length++] = '.';
      length += print_byte(text + length, bytes[i]);
    }
    return length;
  }
  const struct sockaddr_in6 *from6 = (const struct sockaddr_in6 *)from;
  if (uv_ip6_name(from6, text, INET6_ADDRSTRLEN) != 0) return 0;
  length = strlen(text);
  if (!IN6_IS_ADDR_LINKLOCAL(&from6->sin6_addr)) return length;
  text[length] = '%'; /* a link-local address says nothing without its link */
  return if_indextoname(from6->sin6_scope_id, text + length + 1) == NULL ? length : strlen(text);
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

static const struct sockaddr *target(const datagram *next) {
  return next->to.ss_family == AF_UNSPEC ? NULL : (const struct sockaddr *)&next->to;
}

/* What the kernel has no room for is lost, as it would be on its way, and as little is said of it. */
static int unless_lost(int sent) {
  return sent == UV_EAGAIN || sent == UV_ENOBUFS ? 1 : sent;
}

/* 0, or an error. */
static int send_one(const datagram *next) {
  uv_buf_t bytes = uv_buf_init(next->text, (unsigned)next->length);
  int sent = unless_lost(uv_udp_try_send(&next->socket->handle, &bytes, 1, target(next)));
  return sent < 0 ? sent : 0;
}

/*
 * Sends the first, and at once with it those that follow by the same socket. How many have left, or an error. Of a connected socket the first
 * alone: what ICMP said of a former one would be lost (RFC 3261 18.4), for the system tells of those that have left before it.
 */
static int send_several(const datagram *first, unsigned most) {
#ifdef __linux__
  struct mmsghdr messages[QUEUE];
  struct iovec texts[QUEUE];
  unsigned count = 0;
  uv_os_fd_t file;
  for (; count < most && first[count].socket == first->socket && target(&first[count]) != NULL; count++) {
    const datagram *next = &first[count];
    texts[count] = (struct iovec){.iov_base = next->text, .iov_len = next->length};
    messages[count].msg_hdr = (struct msghdr){.msg_iov = &texts[count], .msg_iovlen = 1};
    messages[count].msg_hdr.msg_name = (void *)target(next);
    messages[count].msg_hdr.msg_namelen =
        next->to.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  }
  if (count > 1 && uv_fileno((const uv_handle_t *)&first->socket->handle, &file) == 0) {
    int sent = sendmmsg(file, messages, count, MSG_DONTWAIT);
    return unless_lost(sent < 0 ? uv_translate_sys_error(errno) : sent);
  }
#else
  (void)most;
#endif
  int error = send_one(first);
  return error == 0 ? 1 : error;
}

/* All that waits leaves, in its order. What is refused is told later: somebody may be in the middle of sending. */
static void flush(module *home) {
  for (unsigned at = 0; at < home->waiting;) {
    const datagram *next = &home->queue[at];
    int sent = send_several(next, home->waiting - at);
    at += sent > 0 ? (unsigned)sent : 1;
    if (sent > 0) continue;
    next->socket->refusal = sent;
    home->refused = 1;
  }
  home->waiting = 0;
  home->used = 0;
}

/* The datagrams that were read together are handled. */
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
  if (length == 0 && from == NULL) {
    socket->dry = socket->read > 0 && socket->read < TOGETHER;
    socket->read = 0;
    handled(home);
    return;
  }
  socket->read++;
  if (uv_is_closing((uv_handle_t *)handle)) return;
  if (napi_open_handle_scope(home->env, &scope) != napi_ok) return;
  if (length < 0) {
    arguments[0] = number(home->env, (int32_t)length);
    call(home, socket->failed, 1, arguments);
  } else {
    napi_create_string_latin1(home->env, buffer->base, (size_t)length, &arguments[0]);
    napi_create_string_latin1(home->env, host, print_host(host, from), &arguments[1]);
    napi_create_uint32(home->env, port_of(from), &arguments[2]);
    if (home->landing != NULL) memcpy(home->landing, buffer->base, (size_t)length);
    buffer->base[0] = '\0';
    home->handling = is_followed(home, buffer->base);
    call(home, socket->received, 3, arguments);
    home->handling = 0;
  }
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
  int error = address(env, arguments[0], arguments[1], &local);
  unsigned flags = UV_UDP_REUSEADDR | (local.ss_family == AF_INET6 ? UV_UDP_IPV6ONLY : 0);
  if (error == 0) error = uv_udp_bind(&socket->handle, (struct sockaddr *)&local, flags);
  if (error != 0) return error;
  /* A kernel that does not give as much as was asked for gives what it has. */
  uv_recv_buffer_size((uv_handle_t *)&socket->handle, &size);
  size = kernel_buffer;
  uv_send_buffer_size((uv_handle_t *)&socket->handle, &size);
  if (napi_get_value_double(env, arguments[3], &remote_port) != napi_ok) return UV_EINVAL;
  if (remote_port != 0) {
    error = address(env, arguments[2], arguments[3], &remote);
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
  return number(env, error != 0 ? error : port_of((struct sockaddr *)&local));
}

/* Reads (socket, text, host, port) into the next place of the queue, where it waits once it is counted. */
static int outgoing(napi_env env, napi_callback_info info, datagram **place) {
  napi_value arguments[4];
  size_t count = 4;
  module *home = home_of(env);
  if (home->waiting == QUEUE || home->used > LARGEST) flush(home);
  datagram *next = *place = &home->queue[home->waiting];
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  next->socket = socket_at(env, arguments[0]);
  if (next->socket == NULL) return UV_EBADF;
  next->text = home->out + home->used;
  if (napi_get_value_string_latin1(env, arguments[1], next->text, LARGEST, &next->length) != napi_ok) return UV_EINVAL;
  next->to.ss_family = AF_UNSPEC;
  return count > 2 ? address(env, arguments[2], arguments[3], &next->to) : 0;
}

/* send(socket, text, host, port), of a connected socket send(socket, text): 0 when it is on its way, or an error. */
static napi_value send_text(napi_env env, napi_callback_info info) {
  datagram *last;
  int error = outgoing(env, info, &last);
  if (error != 0) return number(env, error);
  flush(home_of(env)); /* what was sent before leaves before */
  return number(env, send_one(last));
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
  home->used += next->length;
  home->waiting++;
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
