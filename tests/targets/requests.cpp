// SPDX-License-Identifier: Apache-2.0
// A service in builds that differ on purpose: it answers --rate requests a second, which allocate
// 20 KiB each at seven places, and keeps a session of 1 KiB for each of the last 2,000. With
// ZOO_ANSWERS=FILE it appends its answers there, as JMeter does (seep run --load jmeter:FILE).
//
//   seep_zoo_request_base        as it is; request_base_o0: the same without optimisation
//   seep_zoo_request_more        RenderPage allocates 1 KiB more a request (SEEP_ZOO_MORE_BYTES): 5
//   % seep_zoo_request_refactored  the same bytes by other paths (SEEP_ZOO_REFACTORED): ReadBody
//   has
//                                another name, RenderPage is called by a class, rows are read by
//                                two
#include <fcntl.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/targets/zoo.h"

#ifndef SEEP_ZOO_MORE_BYTES
#define SEEP_ZOO_MORE_BYTES 0
#endif

namespace {

constexpr size_t kHeaders = 12;
constexpr size_t kHeaderBytes = 80;
constexpr size_t kBodyBytes = 4096;
constexpr size_t kRows = 64;
constexpr size_t kPageBytes = 6144 + SEEP_ZOO_MORE_BYTES;
constexpr size_t kPackedBytes = 3072;
constexpr size_t kLogBytes = 256;
constexpr size_t kSessions = 2000;

struct Row {
  std::array<char, 64> text;
};

struct Session {
  std::array<char, 1024> state;
};

using Headers = std::vector<std::string>;
using Rows = std::vector<Row>;

// A block that is freed with the request.
struct Free {
  void operator()(char* block) const { free(block); }
};
using Block = std::unique_ptr<char, Free>;

Headers ParseHeaders(uint64_t request) {
  Headers headers;
  headers.reserve(kHeaders);
  for (size_t i = 0; i < kHeaders; ++i) {
    headers.emplace_back(kHeaderBytes, static_cast<char>('a' + request % 26));
  }
  return headers;
}

#ifdef SEEP_ZOO_REFACTORED
Block ReceiveBody() {
#else
Block ReadBody() {
#endif
  return Block(static_cast<char*>(zoo::Touch(malloc(kBodyBytes), kBodyBytes)));
}

Rows ReadRows(size_t count) {
  Rows rows;
  rows.reserve(count);
  for (size_t i = 0; i < count; ++i) rows.push_back(Row{});
  return rows;
}

#ifdef SEEP_ZOO_REFACTORED
Rows ReadUsers() {
  return ReadRows(kRows / 2);
}
Rows ReadOrders() {
  return ReadRows(kRows / 2);
}
#endif

std::string RenderPage(const Rows& rows) {
  std::string page;
  page.reserve(kPageBytes);
  for (const Row& row : rows) page.append(row.text.data(), row.text.size());
  return page;
}

#ifdef SEEP_ZOO_REFACTORED
class PageBuilder {
 public:
  explicit PageBuilder(const Rows& rows) : rows_(rows) {}
  std::string Build() const { return RenderPage(rows_); }

 private:
  const Rows& rows_;
};
#endif

Block Compress(const std::string& page) {
  const auto pack = [](size_t size_bytes) {
    return Block(static_cast<char*>(zoo::Touch(malloc(size_bytes), size_bytes)));
  };
  return page.empty() ? Block() : pack(kPackedBytes);
}

void Log() {
  zoo::Escape(Block(static_cast<char*>(zoo::Touch(malloc(kLogBytes), kLogBytes))).get());
}

class Server {
 public:
  void Answer(uint64_t request) {
    const Headers headers = ParseHeaders(request);
    zoo::Escape(headers.data());
#ifdef SEEP_ZOO_REFACTORED
    const Block body = ReceiveBody();
    Rows rows = ReadUsers();
    const Rows orders = ReadOrders();
    zoo::Escape(orders.data());
    const std::string page = PageBuilder(rows).Build();
#else
    const Block body = ReadBody();
    const Rows rows = ReadRows(kRows);
    const std::string page = RenderPage(rows);
#endif
    const Block packed = Compress(page);
    zoo::Escape(packed.get());
    sessions_[request % kSessions] = std::make_unique<Session>();
    Log();
  }

 private:
  std::array<std::unique_ptr<Session>, kSessions> sessions_;
};

// Answers as lines, told in pieces of less than a page. Never on the heap.
class AnswerFile {
 public:
  explicit AnswerFile(const char* path)
      : fd_(path != nullptr ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1) {
    Append("timeStamp,elapsed,label,responseCode,success\n");
  }
  ~AnswerFile() { Flush(); }
  AnswerFile(const AnswerFile&) = delete;
  AnswerFile& operator=(const AnswerFile&) = delete;

  void Add(double took_s) {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char line[96];
    snprintf(line, sizeof line, "%lld,%.3f,answer,200,true\n",
             static_cast<long long>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000, took_s * 1e3);
    Append(line);
  }
  void Flush() {
    if (fd_ >= 0 && used_ > 0) [[maybe_unused]]
      const ssize_t written = write(fd_, text_, used_);
    used_ = 0;
  }

 private:
  void Append(const char* line) {
    const size_t length = strlen(line);
    if (used_ + length > sizeof text_) Flush();
    memcpy(text_ + used_, line, length);
    used_ += length;
  }

  int fd_;
  char text_[4096];
  size_t used_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(
      argc, argv, "answers requests that allocate 20 KiB each",
      {{"seconds", 0, "0 = until SIGTERM"}, {"rate", 2000, "requests a second"}});
  zoo::Start(options["seconds"]);
  static Server server;
  AnswerFile answers(getenv("ZOO_ANSWERS"));
  zoo::Ready();
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  unsigned long long requests = 0;
  while (zoo::IsRunning()) {
    while (pacer.IsDue()) {
      const double begin_s = zoo::NowS();
      server.Answer(requests++);
      answers.Add(zoo::NowS() - begin_s);
      pacer.Spend(1);
    }
    answers.Flush();
    zoo::SleepMs(5);
  }
  zoo::Say("requests=%llu page_bytes=%zu leaked_bytes=0", requests, kPageBytes);
}
