/**
 * vSphere's SOAP, between bytes and yavijava's types: {@link io.vic4j.core.vsphere.soap.SoapWriter}
 * writes calls, {@link io.vic4j.core.vsphere.soap.SoapReader} reads answers, and {@link
 * io.vic4j.core.vsphere.soap.SoapFault} is an answer that says no. Only the vSphere adapter uses
 * this package; it is public because the adapter lies in another.
 */
@NullMarked
package io.vic4j.core.vsphere.soap;

import org.jspecify.annotations.NullMarked;
