/* What the files of `udp.node` share. Errors are libuv's: negative errno. */
#ifndef UDP_H
#define UDP_H
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#define NAPI_VERSION 8
#include <node_api.h>
#include <uv.h>

enum {
  LARGEST = 65536, /* what libuv has for each of the datagrams that it reads at once */
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
  int refusal;       /* still to be told */
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

typedef struct {
  datagram queue[QUEUE];
  unsigned waiting;
  size_t used; /* bytes of `text` that wait */
  char text[2 * LARGEST];
} udp_outgoing;

/* udp-address.c */

/* An IP literal, with its zone if it has one, and a port. 0, or an error. */
int udp_address(napi_env env, napi_value host, napi_value port, struct sockaddr_storage *to);
uint16_t udp_port(const struct sockaddr *from);
/* How many bytes it has. */
size_t udp_print_host(char text[HOST], const struct sockaddr *from);

/* udp-send.c */

/* 0, or an error. */
int udp_send(const datagram *next);
/* All that waits leaves, in its order. Whether something is refused: that is left with its socket, as somebody may be in the middle of sending. */
int udp_flush(udp_outgoing *outgoing);
/* Of a connected socket: what came back from what it sent, or `otherwise` if nothing is there; 0 if that does not matter. */
int udp_refusal(const udp_socket *socket, int otherwise);

/* udp-wait.c */

/* wait(waits): whether this thread waits for who runs already when a datagram comes for it. 0, or an error. */
napi_value udp_wait(napi_env env, napi_callback_info info);

#endif
