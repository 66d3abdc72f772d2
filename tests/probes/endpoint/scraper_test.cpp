// SPDX-License-Identifier: Apache-2.0
// Against ports where nobody listens, or listens and says nothing. Answers of all kinds are in
// tests/end_to_end/test_load.py.
#include "probes/endpoint/scraper.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include "storage/model/descriptor.h"

using namespace seep::endpoint;
using Kind = ScrapeFailure::Kind;

namespace {

// A port of loopback, held as long as this lives.
class Port {
 public:
  explicit Port(bool is_listening) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    REQUIRE(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), length) == 0);
    REQUIRE(getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
    if (is_listening) REQUIRE(listen(socket_.get(), 16) == 0);
    port_ = ntohs(address.sin_port);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/metrics"; }

 private:
  seep::model::Descriptor socket_;
  int port_ = 0;
};

std::vector<ScrapeAnswer> WaitFor(Scraper& scraper, size_t wanted) {
  std::vector<ScrapeAnswer> all;
  for (int i = 0; i < 200 && all.size() < wanted; ++i) {
    for (ScrapeAnswer& answer : scraper.Wait(0.1)) all.push_back(std::move(answer));
  }
  return all;
}

}  // namespace

TEST_CASE("who refuses is told at once, who is silent after the timeout, and neither waits") {
  const Port refusing(false);
  const Port silent(true);
  auto scraper = Scraper::Make();
  REQUIRE(scraper);
  const auto ask = [&](uint64_t id, const std::string& url) {
    return (*scraper)->Begin(id, {.url = url, .timeout_s = 0.5, .take = [](std::string_view) {}});
  };
  REQUIRE(ask(1, silent.url()));
  REQUIRE(ask(2, refusing.url()));
  REQUIRE(ask(3, "file:///etc/passwd"));
  const auto answers = WaitFor(**scraper, 3);
  REQUIRE(answers.size() == 3);
  for (const ScrapeAnswer& answer : answers) {
    REQUIRE(answer.failure);
    CHECK_FALSE(answer.failure->message.empty());
  }
  CHECK(answers.back().id == 1);
  CHECK(answers.back().failure->kind == Kind::kTimeout);
  for (const ScrapeAnswer& answer : answers) {
    if (answer.id != 1) CHECK(answer.failure->kind == Kind::kNetwork);
    if (answer.id == 2) CHECK(answer.failure->os_errno == ECONNREFUSED);
  }
  CHECK((*scraper)->under_way() == 0);
}

TEST_CASE("what is cancelled is not answered; a wait can be woken from another thread") {
  const Port silent(true);
  auto scraper = Scraper::Make();
  REQUIRE(scraper);
  REQUIRE((*scraper)->Begin(1, {.url = silent.url(), .take = [](std::string_view) {}}));
  (*scraper)->Cancel(1);
  CHECK((*scraper)->under_way() == 0);
  const auto begun = std::chrono::steady_clock::now();
  std::thread waker([&] { (*scraper)->Wake(); });
  CHECK((*scraper)->Wait(60).empty());
  waker.join();
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(30));
}
