#include "storage/sqlite/read_gate.h"

#include <thread>

#include "gtest/gtest.h"

namespace lull {
namespace {

class CountingReader : public ReadGate::Reader {
 public:
  void CloseConnection() override { ++closed; }
  int closed = 0;
};

TEST(ReadGateTest, ShuttingClosesEveryReaderEachTime) {
  ReadGate gate;
  CountingReader here, gone;
  gate.Add(&here);
  gate.Add(&gone);
  { ReadGate::Shut shut(gate); }
  gate.Remove(&gone);
  { ReadGate::Shut shut(gate); }
  EXPECT_EQ(here.closed, 2);
  EXPECT_EQ(gone.closed, 1);
}

TEST(ReadGateTest, SeveralReadersAreInsideAtOnce) {
  ReadGate gate;
  ReadGate::Inside first(gate);
  std::thread second([&] { ReadGate::Inside inside(gate); });
  second.join();  // would hang if it had to wait for the first
}

// Each of two threads counts up under protection; a lost update or a torn pair shows a reader
// inside a shut gate.
TEST(ReadGateTest, NobodyIsInsideWhileItIsShut) {
  ReadGate gate;
  CountingReader reader;
  gate.Add(&reader);
  int first = 0, second = 0;  // written while shut, read inside
  int torn = 0;
  bool stop = false;
  std::thread inside([&] {
    while (true) {
      ReadGate::Inside in(gate);
      if (first != second) ++torn;
      if (stop) return;
    }
  });
  for (int i = 0; i < 2000; ++i) {
    ReadGate::Shut shut(gate);
    first = i;
    second = i;
    stop = i == 1999;
  }
  inside.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(reader.closed, 2000);
}

}  // namespace
}  // namespace lull
