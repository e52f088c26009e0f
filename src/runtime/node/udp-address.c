/* Addresses of JavaScript for libuv, and the other way. */
#include "udp.h"
#include <string.h>

int udp_address(napi_env env, napi_value host, napi_value port, struct sockaddr_storage *to) {
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

uint16_t udp_port(const struct sockaddr *from) {
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

size_t udp_print_host(char text[HOST], const struct sockaddr *from) {
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
