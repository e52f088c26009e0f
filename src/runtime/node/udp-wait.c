/* Whether what wakes us interrupts who runs on the same processor. */
#define _GNU_SOURCE /* SCHED_BATCH */
#include "udp.h"
#include <errno.h>
#ifdef __linux__
#include <sched.h>
#endif

/*
 * SCHED_BATCH is the usual policy but for that: the thread has its share of the processor as before, and waits for a few milliseconds where
 * others want theirs. What the operator has chosen instead of the usual policy stays.
 */
static int wait_for_others(int waits) {
#ifdef __linux__
  static _Thread_local int ours;
  const struct sched_param none = {0};
  int policy = sched_getscheduler(0);
  if (policy != (waits ? SCHED_OTHER : ours)) return policy < 0 ? uv_translate_sys_error(errno) : 0;
  ours = waits ? SCHED_BATCH : SCHED_OTHER;
  return sched_setscheduler(0, ours, &none) == 0 ? 0 : uv_translate_sys_error(errno);
#else
  (void)waits;
  return UV_ENOSYS;
#endif
}

napi_value udp_wait(napi_env env, napi_callback_info info) {
  napi_value argument, result = NULL;
  size_t count = 1;
  bool waits = false;
  napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
  int error = napi_get_value_bool(env, argument, &waits) == napi_ok ? wait_for_others(waits) : UV_EINVAL;
  napi_create_int32(env, error, &result);
  return result;
}
