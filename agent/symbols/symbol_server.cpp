// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/symbol_server.h"

#include <elfutils/debuginfod.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "agent/resilience/error_class.h"

namespace seep::symbols {
namespace {

constexpr double kLongestSilence_s = 5;
constexpr double kLongestCall_s = 60;

double Now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Progress {
  double begun_s = 0;
  double moved_s = 0;
  long bytes = -1;
  bool is_given_up = false;
};

// Called by libdebuginfod many times a second; other than 0 ends the call.
// Before an answer begins `all` is 0, and `bytes` counts the calls.
int IsGivenUp(debuginfod_client* client, long bytes, long all) {
  auto* progress = static_cast<Progress*>(debuginfod_get_user_data(client));
  const double now_s = Now_s();
  if (all > 0 && bytes != progress->bytes) {
    progress->bytes = bytes;
    progress->moved_s = now_s;
  }
  progress->is_given_up =
      now_s - progress->moved_s > kLongestSilence_s || now_s - progress->begun_s > kLongestCall_s;
  return progress->is_given_up ? 1 : 0;
}

}  // namespace

struct SymbolServer::Client {
  debuginfod_client* handle = debuginfod_begin();
  ~Client() {
    if (handle != nullptr) debuginfod_end(handle);
  }
};

SymbolServer::SymbolServer(std::string urls)
    : urls_(std::move(urls)),
      breaker_("symbol server",
               {.failures_to_open = 2,
                .successes_to_close = 1,
                .call_timeout_s = kLongestCall_s,
                .least_call_timeout_s = kLongestCall_s,
                .calm_s = 300,
                .backoff = {}},
               /*seed=*/1) {
  setenv(DEBUGINFOD_URLS_ENV_VAR, urls_.c_str(), 1);
  client_ = std::make_unique<Client>();
  if (client_->handle != nullptr) debuginfod_set_progressfn(client_->handle, &IsGivenUp);
}

SymbolServer::~SymbolServer() = default;

std::optional<std::string> SymbolServer::Find(const std::string& build_id) {
  const double begun_s = Now_s();
  if (client_->handle == nullptr || build_id.empty() || !breaker_.Admit(begun_s)) return {};
  Progress progress{.begun_s = begun_s, .moved_s = begun_s};
  debuginfod_set_user_data(client_->handle, &progress);
  char* path = nullptr;
  // A length of 0: the build id is text.
  const int descriptor = debuginfod_find_debuginfo(
      client_->handle, reinterpret_cast<const unsigned char*>(build_id.c_str()), 0, &path);
  const double call_s = Now_s() - begun_s;
  if (descriptor >= 0) {
    breaker_.Succeed(begun_s + call_s, call_s);
    close(descriptor);
    std::string found = path;
    std::free(path);
    return found;
  }
  // It calls what we gave up "not found".
  const int error = progress.is_given_up ? ETIMEDOUT : -descriptor;
  if (error == ENOENT) {  // an answer, too
    breaker_.Succeed(begun_s + call_s, call_s);
  } else {
    breaker_.Fail(begun_s + call_s, call_s, resilience::ClassifyErrno(error),
                  fmt::format("{}: {}", urls_, std::strerror(error)));
  }
  return {};
}

}  // namespace seep::symbols
