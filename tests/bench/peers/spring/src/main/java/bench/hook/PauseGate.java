package bench.hook;

import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Benchmark hook only: while the file run/pause exists the orders.commands listener is paused, so that N orders can be
 *  preloaded with the JVMs already warm. */
@Component
class PauseGate {
  private static final Path FILE = Path.of(System.getProperty("bench.pause", "/nonexistent/pause"));
  private final KafkaListenerEndpointRegistry registry;
  private boolean paused;

  PauseGate(KafkaListenerEndpointRegistry registry) { this.registry = registry; }

  @Scheduled(fixedDelay = 50)
  void check() {
    boolean want = Files.exists(FILE);
    if (want == paused) return;
    var c = registry.getListenerContainer("spring.orders.orders-commands");
    if (c == null) return;
    if (want) c.pause(); else c.resume();
    paused = want;
  }
}
