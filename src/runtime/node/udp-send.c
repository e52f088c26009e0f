/* How datagrams leave, those that waited together at once, and what the network says of them afterwards. */
#define _GNU_SOURCE /* sendmmsg */
#include "udp.h"
#include <errno.h>
#ifdef __linux__
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#endif

static const struct sockaddr *target(const datagram *next) {
  return next->to.ss_family == AF_UNSPEC ? NULL : (const struct sockaddr *)&next->to;
}

/* What the kernel has no room for is lost, as it would be on its way, and as little is said of it. */
static int unless_lost(int sent) {
  return sent == UV_EAGAIN || sent == UV_ENOBUFS ? 1 : sent;
}

/* Sends the first, and at once with it those that follow by the same socket. How many have left, or an error. */
static int attempt(const datagram *first, unsigned most) {
#ifdef __linux__
  struct mmsghdr messages[QUEUE];
  struct iovec texts[QUEUE];
  unsigned count = 0;
  uv_os_fd_t file;
  for (; count < most && first[count].socket == first->socket; count++) {
    const datagram *next = &first[count];
    texts[count] = (struct iovec){.iov_base = next->text, .iov_len = next->length};
    messages[count].msg_hdr = (struct msghdr){.msg_iov = &texts[count], .msg_iovlen = 1};
    if (target(next) == NULL) continue;
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
  uv_buf_t bytes = uv_buf_init(first->text, (unsigned)first->length);
  int sent = unless_lost(uv_udp_try_send((uv_udp_t *)&first->socket->handle, &bytes, 1, target(first)));
  return sent < 0 ? sent : 1;
}

/* As `attempt`; what the kernel refuses only to tell of an earlier datagram is tried again if that does not matter. */
static int send_several(const datagram *first, unsigned most) {
  int sent = attempt(first, most);
  if (sent > 0) return sent;
  int refusal = udp_refusal(first->socket, sent);
  return refusal == 0 ? attempt(first, most) : refusal;
}

int udp_send(const datagram *next) {
  int sent = send_several(next, 1);
  return sent < 0 ? sent : 0;
}

int udp_flush(udp_outgoing *outgoing) {
  int refused = 0;
  for (unsigned at = 0; at < outgoing->waiting;) {
    const datagram *next = &outgoing->queue[at];
    int sent = send_several(next, outgoing->waiting - at);
    at += sent > 0 ? (unsigned)sent : 1;
    if (sent > 0) continue;
    next->socket->refusal = sent;
    refused = 1;
  }
  outgoing->waiting = 0;
  outgoing->used = 0;
  return refused;
}

#ifdef __linux__

/*
 * Whether a request that went there has failed (RFC 3261 18.4): where a router let it die the next one may live, and what was too big for some
 * link is sent in smaller parts when it is repeated.
 */
static int is_final(const struct sock_extended_err *said) {
  if (said->ee_origin == SO_EE_ORIGIN_ICMP) return said->ee_type != ICMP_TIME_EXCEEDED && said->ee_errno != EMSGSIZE;
  if (said->ee_origin == SO_EE_ORIGIN_ICMP6) return said->ee_type != ICMP6_TIME_EXCEEDED && said->ee_errno != EMSGSIZE;
  return 1;
}

/* The kernel queues what came back by ICMP. It says so by refusing one call as well, which may be a `sendmmsg` that then tells nobody. */
int udp_refusal(const udp_socket *socket, int otherwise) {
  char control[CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6))];
  uv_os_fd_t file;
  int refusal = otherwise;
  if (uv_fileno((const uv_handle_t *)&socket->handle, &file) != 0) return otherwise;
  for (int count = 0, final = 0; count < QUEUE; count++) {
    struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(file, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) break;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part != NULL; part = CMSG_NXTHDR(&message, part)) {
      const struct sock_extended_err *said = (const struct sock_extended_err *)CMSG_DATA(part);
      if (is_final(said)) final = uv_translate_sys_error((int)said->ee_errno);
      refusal = final;
    }
  }
  return refusal;
}

#else

int udp_refusal(const udp_socket *socket, int otherwise) {
  (void)socket;
  return otherwise;
}

#endif
