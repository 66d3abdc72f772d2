// SPDX-License-Identifier: Apache-2.0
// The daemon's HTTP server: civetweb's threads, our rules. Reads the board, never the loop.
//
// Bounds: `threads` requests at a time and `waiting` accepted connections behind them, the rest in
// the kernel's backlog; one request a connection; a header of at most 8 KiB that must be there
// within `request_limit_s`, no body; an answer that is not taken within about that time again is
// cut off. Exact paths only. No TLS: beyond loopback put a proxy with TLS in front.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <stop_token>
#include <string>

#include "agent/serve/respond.h"
#include "agent/serve/snapshot_board.h"
#include "storage/model/error.h"

class CivetServer;
struct mg_connection;

namespace seep::serve {

inline constexpr int kDefaultPort = 7337;

struct ServerSettings {
  std::string address = "127.0.0.1";
  int port = kDefaultPort;  // 0: any free one
  ServePolicy policy{};
  int threads = 4;
  int waiting = 16;
  double request_limit_s = 5;
};

class Server {
 public:
  // kInvalidArgument: an address that others can reach without a token, an unusable token or
  // address; kIo: it cannot listen there. `board` must outlive the server. Its threads have all
  // signals blocked; the process ignores SIGPIPE from then on, which is civetweb's doing.
  static model::Result<std::unique_ptr<Server>> Start(ServerSettings settings,
                                                      const SnapshotBoard& board);
  // Ends its threads: up to 2 s, as civetweb looks that often.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;

  // Of civetweb's callback, on any of its threads: the status that was sent.
  int Serve(mg_connection* connection);

 private:
  Server(ServerSettings settings, const SnapshotBoard& board);
  model::Status Listen(const std::string& ip);
  Response RespondTo(mg_connection* connection) const;
  void Send(mg_connection* connection, const Response& response, bool is_head) const;

  static constexpr std::array kStatuses{200, 400, 401, 404, 405, 413, 500, 503};

  const ServerSettings settings_;
  const SnapshotBoard& board_;
  std::array<std::atomic<uint64_t>, kStatuses.size()> responses_{};
  std::stop_source stop_;               // of those who wait for an answer
  std::unique_ptr<CivetServer> civet_;  // last: its threads use the above
};

}  // namespace seep::serve
