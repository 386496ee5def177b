package io.vic4j.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.InvalidArgumentException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyRulesTest {
  private static final Proxy PROXY =
      new Proxy(Proxy.Type.HTTP, new InetSocketAddress(InetAddress.getLoopbackAddress(), 3128));

  @Test
  void variables_areForTheirProtocol() {
    ProxyRules rules = ProxyRules.from(Map.of("HTTPS_PROXY", "http://127.0.0.1:3128"));

    assertThat(rules.select(URI.create("https://registry.example/v2/"))).containsExactly(PROXY);
    assertThat(rules.select(URI.create("http://registry.example/v2/")))
        .containsExactly(Proxy.NO_PROXY);
  }

  @Test
  void variablesInSmallLetters_goBeforeThoseInCapitals() {
    ProxyRules rules =
        ProxyRules.from(Map.of("http_proxy", "127.0.0.1:3128", "HTTP_PROXY", "10.0.0.1:1"));

    assertThat(rules.select(URI.create("http://registry.example/"))).containsExactly(PROXY);
  }

  @ParameterizedTest
  @CsvSource({
    "registry.example,      https://registry.example/,      true",
    "example,               https://registry.example/,      true",
    ".example,              https://registry.example/,      true",
    "*.example,             https://registry.example/,      true",
    "xample,                https://registry.example/,      false",
    "registry.example:5000, https://registry.example:5000/, true",
    "registry.example:5000, https://registry.example/,      false",
    "'a.test, example',     https://registry.example/,      true",
    "*,                     https://registry.example/,      true",
    "'',                    https://localhost:5000/,        true",
    "'',                    https://127.0.0.1/,             true",
  })
  void noProxy_namesWhatIsAskedDirectly(String noProxy, String uri, boolean direct) {
    ProxyRules rules =
        ProxyRules.from(Map.of("HTTPS_PROXY", "127.0.0.1:3128", "NO_PROXY", noProxy));

    assertThat(rules.select(URI.create(uri))).containsExactly(direct ? Proxy.NO_PROXY : PROXY);
  }

  @Test
  void password_isForItsProxyOnly() {
    ProxyRules rules = ProxyRules.from(Map.of("HTTP_PROXY", "http://anna:s%40cret@127.0.0.1:3128"));

    assertThat(rules.select(URI.create("http://registry.example/"))).containsExactly(PROXY);
    assertThat(rules.authorization(URI.create("http://registry.example/")))
        .contains("Basic YW5uYTpzQGNyZXQ=");
    assertThat(rules.authorization(URI.create("https://registry.example/"))).isEmpty();
    assertThat(rules.authorization(URI.create("http://localhost:5000/"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://anna:s3cr3t@127.0.0.1:1", "socks5://s3cr3t:1", "http://s3cr3t^"})
  void whatIsNotSupported_isRefusedWithoutQuotingIt(String proxy) {
    assertThatThrownBy(() -> ProxyRules.from(Map.of("HTTPS_PROXY", proxy)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("the proxy in HTTPS_PROXY cannot be used")
        .hasMessageNotContaining("s3cr3t");
  }
}
