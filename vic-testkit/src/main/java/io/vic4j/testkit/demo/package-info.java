/**
 * An example front end: {@code vic-demo}, a command line over the library. Begin reading at {@link
 * io.vic4j.testkit.demo.VicDemo}.
 */
@NullMarked
package io.vic4j.testkit.demo;

import org.jspecify.annotations.NullMarked;
