// SPDX-License-Identifier: Apache-2.0
#include "agent/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace seep::agent {
namespace {

bool has_live_line = false;

void Write(const std::string& text) {
  // Whoever reads stderr may have gone: nothing to do about it.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

size_t TerminalWidth() {
  winsize size{};
  constexpr size_t kDefault = 80;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kDefault;
}

}  // namespace

bool IsTerminal() {
  static const bool is_terminal = isatty(STDERR_FILENO) == 1;
  return is_terminal;
}

void Say(std::string_view line) {
  const std::string clear = has_live_line ? "\r\033[K" : "";
  has_live_line = false;
  Write(clear + "seep: " + std::string(line) + "\n");
}

void ShowProgress(std::string_view line) {
  if (!IsTerminal()) {
    Say(line);
    return;
  }
  // A line that wraps could not be overwritten.
  Write("\r\033[Kseep: " + std::string(line.substr(0, TerminalWidth() - 7)));
  has_live_line = true;
}

}  // namespace seep::agent
