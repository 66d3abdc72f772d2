// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/server.h"

#include <CivetServer.h>
#include <signal.h>

#include <algorithm>
#include <exception>
#include <vector>

#include <fmt/format.h>

#include "agent/serve/listen_address.h"

namespace seep::serve {
namespace {

constexpr int kHeaderLimit_bytes = 8192;
constexpr int kBacklog = 64;
constexpr size_t kChunk_bytes = 16 * 1024;  // between two looks at the clock

// Why civetweb did not start, as it says so to a callback only. It calls that on the thread that
// starts it.
thread_local std::string civet_message;

int OnMessage(const mg_connection*, const char* message) {
  civet_message = message;
  return 1;  // said: not to stderr
}

int OnRequest(mg_connection* connection) {
  const auto* civet = static_cast<const CivetServer*>(mg_get_user_data(mg_get_context(connection)));
  auto* server = static_cast<Server*>(const_cast<void*>(civet->getUserContext()));
  return server->Serve(connection);
}

// The threads that are started meanwhile inherit a full mask: signals are the loop's.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

std::string_view Header(const mg_connection* connection, const char* name) {
  const char* value = mg_get_header(connection, name);
  return value ? value : "";
}

}  // namespace

model::Result<std::unique_ptr<Server>> Server::Start(ServerSettings settings,
                                                     const SnapshotBoard& board) {
  const auto address = ParseListenAddress(settings.address);
  if (!address) return std::unexpected(address.error());
  if (const auto access = CheckAccess(*address, settings.policy.token); !access) {
    return std::unexpected(access.error());
  }
  std::unique_ptr<Server> server(new Server(std::move(settings), board));
  if (const auto listening = server->Listen(address->ip); !listening) {
    return std::unexpected(listening.error());
  }
  return server;
}

Server::Server(ServerSettings settings, const SnapshotBoard& board)
    : settings_(std::move(settings)), board_(board) {}

Server::~Server() {
  stop_.request_stop();
}

model::Status Server::Listen(const std::string& ip) {
  // civetweb waits for its limit after the last byte and compares the sum with the limit then: half
  // of ours keeps the worst case within it.
  const int timeout_ms = std::max(1, static_cast<int>(settings_.request_limit_s * 500));
  const std::vector<std::string> options{"listening_ports",
                                         fmt::format("{}:{}", ip, settings_.port),
                                         "num_threads",
                                         std::to_string(settings_.threads),
                                         "connection_queue",
                                         std::to_string(settings_.waiting),
                                         "listen_backlog",
                                         std::to_string(kBacklog),
                                         "max_request_size",
                                         std::to_string(kHeaderLimit_bytes),
                                         "request_timeout_ms",
                                         std::to_string(timeout_ms),
                                         "enable_keep_alive",
                                         "no",
                                         "decode_url",
                                         "no",
                                         "tcp_nodelay",
                                         "1",
                                         "enable_directory_listing",
                                         "no"};
  CivetCallbacks callbacks;
  callbacks.begin_request = OnRequest;
  callbacks.log_message = OnMessage;
  civet_message.clear();
  const BlockedSignals blocked;
  try {
    civet_ = std::make_unique<CivetServer>(options, &callbacks, this);
  } catch (const std::exception& error) {
    return model::Fail(model::Errc::kIo,
                       fmt::format("cannot listen on {}:{}: {}", ip, settings_.port,
                                   civet_message.empty() ? error.what() : civet_message));
  }
  return {};
}

int Server::port() const {
  const std::vector<int> ports = civet_->getListeningPorts();
  return ports.empty() ? 0 : ports.front();
}

int Server::Serve(mg_connection* connection) {
  // Also keeps civetweb from reading an unwanted body to its end.
  mg_disable_connection_keep_alive(connection);
  Response response;
  try {
    response = RespondTo(connection);
  } catch (const std::exception&) {  // out of memory: the loop is not to end for it
    response = {.status = 500};
  }
  const auto* known = std::ranges::find(kStatuses, response.status);
  if (known != kStatuses.end()) {
    responses_[static_cast<size_t>(known - kStatuses.begin())].fetch_add(1,
                                                                         std::memory_order_relaxed);
  }
  const mg_request_info* request = mg_get_request_info(connection);
  Send(connection, response, std::string_view(request->request_method) == "HEAD");
  return response.status;
}

Response Server::RespondTo(mg_connection* connection) const {
  const mg_request_info* request = mg_get_request_info(connection);
  std::vector<StatusCount> counts;
  for (size_t i = 0; i < kStatuses.size(); i++) {
    counts.push_back({kStatuses[i], responses_[i].load(std::memory_order_relaxed)});
  }
  const auto published = board_.Latest();
  return Respond(
      {.method = request->request_method,
       .path = request->local_uri ? request->local_uri : "",
       .query = request->query_string ? request->query_string : "",
       .authorization = Header(connection, "Authorization"),
       .accept = Header(connection, "Accept"),
       .has_body = request->content_length > 0 || !Header(connection, "Transfer-Encoding").empty(),
       .stop = stop_.get_token()},
      published.get(), settings_.policy, counts, std::chrono::steady_clock::now());
}

void Server::Send(mg_connection* connection, const Response& response, bool is_head) const {
  const std::string head = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
      "{}Connection: close\r\n\r\n",
      response.status, mg_get_response_code_text(connection, response.status),
      response.content_type, response.body.size(), response.header);
  if (mg_write(connection, head.data(), head.size()) <= 0 || is_head) return;
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(settings_.request_limit_s);
  for (std::string_view left = response.body; !left.empty();) {
    const std::string_view chunk = left.substr(0, kChunk_bytes);
    const int sent = mg_write(connection, chunk.data(), chunk.size());
    if (sent < static_cast<int>(chunk.size()) || std::chrono::steady_clock::now() > deadline) {
      return;  // the client sees fewer bytes than Content-Length says
    }
    left.remove_prefix(chunk.size());
  }
}

}  // namespace seep::serve
